import { builtApp, BuiltBroker, startApp } from '@pochta/testing/processes';
import { PseudoTerminal } from './kit/pseudo-terminal';

const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA'];
const PRICE_LINE = /^(AAPL |GOOGL|MSFT |AMZN |TSLA ) \$\d+\.\d\d [↑↓=] \d+\.\d\d$/;

describe('the ticker', () => {
  it('shows prices as they come, and after a restart of the broker shows a newcomer all of them', async () => {
    const broker = await BuiltBroker.start();
    const early = startApp('consumer', broker.port, '--topic=stock_prices');
    await early.stderr.until('Reading stock_prices');
    const producer = startApp('producer', broker.port, '--feed=stocks', '--rate=500', '--count=100');
    expect(await producer.exit).toEqual({ code: 0, signal: null });
    const hundred = (text: string) => text.split('\n').length === 101;
    await early.stdout.untilTrue('100 lines', hundred);

    const lines = early.stdout.text.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(PRICE_LINE);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(Array.from({ length: 20 }, () => SYMBOLS).flat());

    await broker.restart();
    const late = startApp('consumer', broker.port, '--topic=stock_prices');
    await late.stdout.untilTrue('100 lines', hundred);
    expect(late.stdout.text).toBe(early.stdout.text);
  });

  it('publishes each symbol every half second unless told otherwise', async () => {
    const broker = await BuiltBroker.start();
    const producer = startApp('producer', broker.port, '--feed=stocks', '--count=15');
    expect(await producer.exit).toEqual({ code: 0, signal: null });
    const prices = producer.stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { symbol: string; timestamp: number });

    expect(prices.map(({ symbol }) => symbol)).toEqual([...SYMBOLS, ...SYMBOLS, ...SYMBOLS]);
    // Three rounds, half a second apart; a busy machine may only make it later.
    expect(prices[14].timestamp - prices[0].timestamp).toBeGreaterThan(0.9);
  });

  it.each([
    ['in colour on a terminal', {}, true],
    ['without colour when NO_COLOR is set', { NO_COLOR: '1' }, false],
    ['without colour when Nx has set FORCE_COLOR besides', { NO_COLOR: '1', FORCE_COLOR: 'true' }, false],
  ])('is printed %s', async (_how, env, coloured) => {
    const broker = await BuiltBroker.start();
    const args = [builtApp('consumer'), '--topic=stock_prices', `--port=${broker.port}`];
    const terminal = new PseudoTerminal(process.execPath, args, env);
    const producer = startApp('producer', broker.port, '--feed=stocks', '--rate=1000', '--count=50');
    await producer.exit;
    await terminal.untilRow(/^AAPL {2}\$\d+\.\d\d [↑↓] \d+\.\d\d$/);

    expect(['\x1b[32m↑', '\x1b[31m↓'].some((movement) => terminal.bytes.includes(movement))).toBe(coloured);
    terminal.type('\x03');
    expect(await terminal.exit).toBe(0);
  });
});

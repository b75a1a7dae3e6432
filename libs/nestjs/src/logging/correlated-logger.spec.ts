import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import { MAX_HEADERS } from '@pochta/protocol';
import { correlatedLogger } from './correlated-logger';
import { messageScope, outgoingHeaders } from './message-scope';

/** A logger that keeps what it is given. */
class Kept implements LoggerService {
  readonly lines: unknown[][] = [];
  readonly log = (...line: unknown[]): unknown => this.lines.push(['log', ...line]);
  readonly error = (...line: unknown[]): unknown => this.lines.push(['error', ...line]);
  readonly warn = (...line: unknown[]): unknown => this.lines.push(['warn', ...line]);
}

const printed: string[] = [];

/** Nest's own logger, without a terminal. */
class Printing extends ConsoleLogger {
  protected override printMessages(messages: unknown[], context?: string): void {
    for (const message of messages) printed.push(`${context}: ${String(message)}`);
  }
}

describe('before anyone has asked for it', () => {
  it('a handler is run without a scope, and headers are left as they are', () => {
    expect(messageScope.on).toBe(false);
    const headers = { a: '1' };
    messageScope.run({ topic: 'orders', headers: { 'correlation-id': 'c1' } }, () => {
      expect(messageScope.current).toBeUndefined();
      expect(outgoingHeaders(headers)).toBe(headers);
    });
  });
});

describe('a correlated logger', () => {
  let kept: Kept;
  let logger: LoggerService;

  beforeEach(() => {
    kept = new Kept();
    logger = correlatedLogger(kept);
  });

  const within = <T>(work: () => T, correlationId = 'c1'): T =>
    messageScope.run({ topic: 'orders', sequence: 7, headers: { 'correlation-id': correlationId } }, work);

  it('says which message a line was logged for', async () => {
    await within(async () => {
      await Promise.resolve();
      logger.log('paid', 'OrdersController');
    });
    expect(kept.lines).toEqual([
      ['log', 'paid [topic=orders sequence=7 correlationId=c1]', 'OrdersController'],
    ]);
  });

  it('says which request a line was logged for, by its header before its own id', () => {
    messageScope.run({ topic: 'prices', correlationId: 'r1' }, () => logger.warn('slow'));
    const headers = { 'correlation-id': 'c1' };
    messageScope.run({ topic: 'prices', correlationId: 'r1', headers }, () => logger.warn('slow'));
    expect(kept.lines).toEqual([
      ['warn', 'slow [topic=prices correlationId=r1]'],
      ['warn', 'slow [topic=prices correlationId=c1]'],
    ]);
  });

  it('leaves other lines as they are', () => {
    logger.log('started', 'Main');
    expect(kept.lines).toEqual([['log', 'started', 'Main']]);
  });

  it('adds members to objects, whose own go first, and keeps the stacks of errors', () => {
    const failure = new Error('no');
    within(() => {
      logger.log({ event: 'paid', topic: 'mine' });
      logger.error(failure);
      logger.log(7);
    });
    const facts = { sequence: 7, correlationId: 'c1' };
    expect(kept.lines).toEqual([
      ['log', { event: 'paid', topic: 'mine', ...facts }],
      ['error', `${failure.stack} [topic=orders sequence=7 correlationId=c1]`],
      ['log', 7],
    ]);
  });

  it('lets nobody forge lines or facts by a correlation id', () => {
    within(() => logger.log('paid'), 'a\n[Nest] 1 LOG \u001b[31m] b');
    expect(kept.lines).toEqual([
      ['log', 'paid [topic=orders sequence=7 correlationId=a?[Nest??1?LOG??[31m??b]'],
    ]);
  });

  it('cuts a long correlation id', () => {
    within(() => logger.log(''), 'x'.repeat(10_000));
    expect(String(kept.lines[0][1]).length).toBeLessThan(400);
  });

  it('writes lines as it is told to', () => {
    const custom = correlatedLogger(kept, {
      format: (message, { topic }) => `${topic}: ${String(message)}`,
    });
    within(() => custom.error('no', 'the stack', 'Ctx'));
    expect(kept.lines).toEqual([['error', 'orders: no', 'the stack', 'Ctx']]);
  });

  it('does without levels that the logger does not have', () => {
    expect(() => {
      logger.debug?.('a');
      logger.verbose?.('b');
      logger.fatal?.('c');
      logger.setLogLevels?.(['log']);
    }).not.toThrow();
  });

  it("works for Nest's own logger, and each Logger of the app", () => {
    Logger.overrideLogger(correlatedLogger(new Printing({ colors: false })));
    try {
      within(() => new Logger('Orders').log('paid'));
    } finally {
      Logger.overrideLogger(false);
    }
    expect(printed).toEqual(['Orders: paid [topic=orders sequence=7 correlationId=c1]']);
  });

  it('hands the correlation id on to what a handler publishes, unless it gives another', () => {
    within(() => {
      expect(outgoingHeaders(undefined)).toEqual({ 'correlation-id': 'c1' });
      expect(outgoingHeaders({ a: '1' })).toEqual({ a: '1', 'correlation-id': 'c1' });
      expect(outgoingHeaders({ 'correlation-id': 'c2' })).toEqual({ 'correlation-id': 'c2' });
    });
  });

  it('hands on none that is too long: a stranger could leave no room for the message', () => {
    const longest = 'x'.repeat(255);
    within(() => expect(outgoingHeaders(undefined)).toEqual({ 'correlation-id': longest }), longest);
    within(() => expect(outgoingHeaders(undefined)).toBeUndefined(), `${longest}x`);
  });

  it('hands it on as the last header that there is room for, and leaves it out where there is none', () => {
    const headers = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, '']));
    const full = headers(MAX_HEADERS);
    within(() => {
      expect(outgoingHeaders(full)).toBe(full);
      expect(outgoingHeaders(headers(MAX_HEADERS - 1))).toHaveProperty('correlation-id', 'c1');
    });
  });
});

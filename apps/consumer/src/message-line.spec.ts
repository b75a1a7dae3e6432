import { gapLine, messageLine, valueLine } from './message-line';

const price = (symbol: string, change: number) => ({ symbol, price: 187.32, change, timestamp: 1 });

describe('a price', () => {
  it.each([
    ['AAPL', 1.2, 'AAPL  $187.32 ↑ 1.20'],
    ['GOOGL', -0.5, 'GOOGL $187.32 ↓ 0.50'],
    ['MSFT', 0, 'MSFT  $187.32 = 0.00'],
  ])('of %s that changed by %d is a line of the ticker', (symbol, change, line) => {
    expect(valueLine(price(symbol, change), false)).toBe(line);
  });

  it.each([
    [1.2, '\x1b[32m↑ 1.20\x1b[0m'],
    [-1.2, '\x1b[31m↓ 1.20\x1b[0m'],
  ])('that changed by %d is coloured when colours are wanted', (change, movement) => {
    expect(valueLine(price('AAPL', change), true)).toBe(`AAPL  $187.32 ${movement}`);
  });

  it('whose fields are of other types is plain JSON', () => {
    expect(valueLine({ symbol: 'AAPL', price: '187', change: 1 }, true)).toBe(
      '{"symbol":"AAPL","price":"187","change":1}',
    );
  });
});

describe('any other message', () => {
  it.each([[{ id: 0, text: 'Hello 0' }], ['text'], [null], [17], [[1, 2]]])(
    '%j is printed as JSON',
    (value) => {
      expect(valueLine(value, true)).toBe(JSON.stringify(value));
    },
  );

  it('that is not JSON is described', () => {
    const message = { value: undefined, bytes: new Uint8Array(5), contentType: 'image/png' };
    expect(messageLine(message, false)).toBe('(5 bytes of image/png)');
  });
});

it.each([
  ['a text', { text: '\x1b[2J\x9b2J\x7f\u202Efdp\u2028{}\u2066' }],
  ['a symbol', price('\x1b[2J', 1)],
])('%s cannot command the terminal', (_what, value) => {
  expect(valueLine(value, false)).not.toMatch(/[\p{Cc}\u2028-\u202E\u2066-\u2069]/u);
});

it('a gap says what is missing, and why', () => {
  const gap = { topic: 't', from: 5, to: 9, reason: 'overflow' } as const;
  expect(gapLine(gap)).toBe('(t: messages 5 to 9 are missing: overflow)');
  expect(gapLine({ ...gap, to: 5 })).toBe('(t: message 5 is missing: overflow)');
});

import * as fc from 'fast-check';
import { JsonCheck } from './json-check';

const check = new JsonCheck(64);

/** What `JSON.parse` makes of it. */
function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** The verdict wherever the payload lies in a word, between bytes that are no part of it. */
function verdicts(payload: Buffer, filling: string): Set<string> {
  const offsets = [0, 1, 2, 3, 4, 5, 6, 7];
  return new Set(
    offsets.map((offset) => {
      const around = Buffer.alloc(offset + payload.length + 9, filling);
      payload.copy(around, offset);
      return check.check(around, offset, offset + payload.length);
    }),
  );
}

test('every byte in a string of any length is taken or refused as JSON.parse does', () => {
  for (const length of [0, 3, 11, 12, 13, 14, 15, 16, 17, 30]) {
    for (let byte = 0; byte < 256; byte++) {
      const payload = Buffer.from(`"${'x'.repeat(length)}?${'y'.repeat(9)}"`);
      payload[1 + length] = byte;
      expect(verdicts(payload, 'z')).toEqual(new Set([isJson(payload) ? 'json' : 'invalid']));
    }
  }
});

test('whatever JSON.parse takes is taken, and nothing else', () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\ue1.-+ \n\t0ntf\u0000\u00e9'))
    .map(
      ([text, at, char]) => text.slice(0, at % (text.length + 1)) + char + text.slice(at % (text.length + 1)),
    );
  const unclosed = fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1)));
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), damaged, unclosed),
      fc.constantFrom('"', '}', ']', '1', ' '),
      (text, filling) => {
        const payload = Buffer.from(text);
        expect(verdicts(payload, filling)).toEqual(new Set([isJson(payload) ? 'json' : 'invalid']));
      },
    ),
    { numRuns: 1500 },
  );
});

test.each([
  '0',
  '-0',
  '1e5',
  '1E+5',
  '1.25e-7',
  '00',
  '1.',
  '.5',
  '-',
  '+1',
  '1e',
  '0x1',
  'NaN',
  'true',
  'truex',
  'tru',
])('%s is a number or a word as JSON.parse has it', (text) =>
  expect(verdicts(Buffer.from(text), '1')).toEqual(new Set([isJson(Buffer.from(text)) ? 'json' : 'invalid'])),
);

test('depth is limited, and does not recurse', () => {
  const nested = (depth: number): Buffer =>
    Buffer.from('[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2));
  expect(check.check(nested(64), 0, nested(64).length)).toBe('json');
  expect(check.check(nested(66), 0, nested(66).length)).toBe('deep');
  expect(check.check(Buffer.alloc(1e6, '['), 0, 1e6)).toBe('deep');
});

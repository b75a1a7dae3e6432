import { jsonCodec } from './json-codec';

describe('the JSON codec', () => {
  const there = (value: unknown): string =>
    Buffer.from(jsonCodec.encode(value, 't') as Uint8Array).toString();

  it.each([null, true, 0, -1.5, 'č\n', [], {}, { a: [{ b: null }] }])('gives back %j', (value) => {
    expect(jsonCodec.decode(jsonCodec.encode(value, 't') as Uint8Array, 't')).toEqual(value);
  });

  it('writes null for nothing', () => {
    expect(there(undefined)).toBe('null');
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  it.each([() => 1, 1n, Symbol('s'), cycle])('refuses what JSON cannot say', (value) => {
    expect(() => there(value)).toThrow(expect.objectContaining({ code: 'INVALID_FRAME', field: 'message' }));
  });

  it.each(['', '{', '{"a":1', 'nul', '1 2', '['.repeat(100_000)])(
    'refuses bytes that are not JSON',
    (text) => {
      expect(() => jsonCodec.decode(Buffer.from(text), 't')).toThrow(
        expect.objectContaining({ code: 'INVALID_JSON' }),
      );
    },
  );

  it('reads only its part of a larger buffer', () => {
    expect(jsonCodec.decode(Buffer.from('xx{"a":1}yy').subarray(2, 9), 't')).toEqual({ a: 1 });
  });
});

import { Decoder, encode, ExtensionCodec } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { messagePack } from './message-pack-codec';

const codec = messagePack();
const there = (value: unknown, by = codec): Uint8Array => by.encode(value, 't') as Uint8Array;
const back = (bytes: Uint8Array, by = codec): unknown => by.decode(bytes, 't');
const refused = expect.objectContaining({ code: 'VALIDATION_FAILED' });

describe('the MessagePack codec', () => {
  it('gives back what JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // The one key that it does not take: see below.
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        // JSON has no -0 either.
        expect(back(there(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    ['bytes', Uint8Array.of(0, 255)],
    ['a date', new Date(1_700_000_000_123)],
    ['a float', 0.1],
    ['a large integer', Number.MAX_SAFE_INTEGER],
    ['a long string', 'č'.repeat(70_000)],
    ['a long array', Array.from({ length: 70_000 }, (_, i) => i)],
    ['a long map', Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))],
  ])('gives back %s', (_what, value) => {
    expect(back(there(value))).toEqual(value);
  });

  it('leaves out what is undefined, and writes nothing as nil', () => {
    expect(back(there({ a: undefined, b: 1 }))).toEqual({ b: 1 });
    expect(back(there(undefined))).toBeNull();
  });

  it('keeps 64-bit integers exact when it is asked to', () => {
    const exact = messagePack({ bigints: true });
    expect(back(there(2n ** 63n, exact), exact)).toBe(2n ** 63n);
    expect(back(there(-7n, exact), exact)).toBe(-7n);
  });

  it('knows extension types that it is given', () => {
    class Money {
      constructor(readonly cents: number) {}
    }
    const extensions = new ExtensionCodec();
    extensions.register({
      type: 1,
      encode: (value) => (value instanceof Money ? encode(value.cents) : null),
      decode: (data) => new Money(back(data) as number),
    });
    const extended = messagePack({ extensions });
    expect(back(there({ price: new Money(7) }, extended), extended)).toEqual({ price: new Money(7) });
  });

  it('gives each payload bytes of its own', () => {
    const first = there({ a: 1 });
    const copy = Uint8Array.from(first);
    there({ b: 'something else' });
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(first.length);
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each([() => 1, Symbol('s'), 1n, cycle])('refuses values that MessagePack cannot say', (value) => {
    expect(() => there(value)).toThrow(refused);
    expect(back(there([1]))).toEqual([1]);
  });
});

describe('the MessagePack codec, given bytes that are none', () => {
  it('refuses every beginning of a payload', () => {
    const whole = there({
      a: [1, -1, 70_000, 1.5, 2 ** 40, -(2 ** 40), null, true],
      b: 'x'.repeat(40),
      c: new Uint8Array(300),
      d: new Date(),
      e: 's'.repeat(300),
    });
    for (let cut = 0; cut < whole.length; cut++) {
      expect(() => back(whole.subarray(0, cut))).toThrow(refused);
    }
  });

  it('refuses what follows a payload', () => {
    expect(() => back(Uint8Array.of(0xc0, 0xc0))).toThrow(refused);
  });

  it('reads or refuses whatever there is, and reads on', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          back(bytes);
        } catch (error) {
          expect(error).toEqual(refused);
        }
        expect(back(Uint8Array.of(0x91, 0x01))).toEqual([1]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['array', [0xdd, 0x01, 0xff, 0xff, 0xff]],
    ['map', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['string', [0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['binary', [0xc6, 0xff, 0xff, 0xff, 0xff]],
    ['extension', [0xc9, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['unused head', [0xc1]],
    ['__proto__', [0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]],
    ['key that is no string', [0x81, 0x90, 0xc0]],
  ])('refuses a bad %s', (_what, bytes) => {
    expect(() => back(Uint8Array.from(bytes))).toThrow(refused);
  });

  it('makes no room for arrays within arrays that promise more than there is', () => {
    const bytes = Buffer.alloc(1_000_000);
    for (let at = 0; at + 3 <= bytes.length; at += 3) bytes.set([0xdc, 0xff, 0xff], at);
    // Whoever makes room is not called at all.
    const decode = jest.spyOn(Decoder.prototype, 'decode');
    expect(() => back(bytes)).toThrow(refused);
    expect(decode).not.toHaveBeenCalled();
    expect(back(Uint8Array.of(0x90))).toEqual([]);
    expect(decode).toHaveBeenCalled();
  });

  it('refuses more levels than it writes', () => {
    const nested = (levels: number): Uint8Array => Buffer.concat([Buffer.alloc(levels, 0x91), Buffer.of(1)]);
    expect(() => back(nested(100))).not.toThrow();
    expect(() => back(nested(101))).toThrow(refused);
    expect(() => back(nested(1_000_000))).toThrow(refused);
  });
});

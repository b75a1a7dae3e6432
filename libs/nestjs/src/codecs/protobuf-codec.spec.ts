import * as fc from 'fast-check';
import { type Message, parse } from 'protobufjs';
import { protobuf } from './protobuf-codec';

const { root } = parse(`
  syntax = "proto3";
  enum Colour { RED = 0; BLUE = 1; }
  message Line { string article = 1; uint32 quantity = 2; }
  message Order {
    int64 id = 1;
    string customer = 2;
    repeated Line lines = 3;
    bool paid = 4;
    bytes signature = 5;
    Colour colour = 6;
    map<string, int32> stock = 7;
    optional double discount = 8;
    Line gift = 9;
    uint64 version = 10;
    oneof payment { string card = 11; string cash = 12; }
    repeated sint32 moves = 13;
  }
  message Chain { Chain next = 1; }
  message Nothing {}
  message Crowd { repeated Nothing members = 1; repeated fixed64 ids = 2; }
`);
/** A type with many fields, most of them absent. */
const { root: wide } = parse(`
  syntax = "proto3";
  message Wide {
    Wide next = 2;
    repeated Wide members = 3;
    map<string, Wide> byName = 4;
    ${Array.from({ length: 100 }, (_, n) => `fixed64 at${n} = ${n + 100};`).join('\n')}
  }
`);
const codec = protobuf(root.lookupType('Order'));
const there = (value: unknown): Uint8Array => codec.encode(value, 't') as Uint8Array;
const back = (bytes: Uint8Array): unknown => codec.decode(bytes, 't');
const refused = expect.objectContaining({ code: 'VALIDATION_FAILED' });

const DEFAULTS = {
  id: 0,
  customer: '',
  lines: [],
  paid: false,
  signature: Buffer.alloc(0),
  colour: 0,
  stock: {},
  gift: null,
  version: 0,
  moves: [],
};

describe('the Protobuf codec', () => {
  it('gives plain objects back', () => {
    const order = {
      id: 7,
      customer: 'Ada',
      lines: [{ article: 'nut', quantity: 2 }],
      paid: true,
      signature: Buffer.of(1, 2),
      colour: 1,
      stock: { nut: -5 },
      discount: 0,
      gift: { article: 'bolt', quantity: 0 },
      version: 9,
      card: '',
      moves: [-1, 1],
    };
    const decoded = back(there(order));
    expect(decoded).toEqual(order);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });

  it('gives fields that are absent their defaults, but for optional ones and those of a oneof', () => {
    expect(back(there({}))).toEqual(DEFAULTS);
    expect(back(new Uint8Array())).toEqual(DEFAULTS);
  });

  it.each([
    ['numbers', 2 ** 53 - 1, 2 ** 53 - 1],
    ['negative numbers', -(2 ** 53 - 1), -(2 ** 53 - 1)],
    ['small bigints', 7n, 7],
    ['large bigints', 2n ** 62n + 1n, 2n ** 62n + 1n],
    ['negative bigints', -(2n ** 63n), -(2n ** 63n)],
  ])('takes %s for 64-bit integers, and gives numbers where they are exact', (_what, id, expected) => {
    expect(back(there({ id }))).toEqual({ ...DEFAULTS, id: expected });
  });

  it('keeps unsigned 64-bit integers', () => {
    expect(back(there({ version: 2n ** 64n - 1n }))).toEqual({ ...DEFAULTS, version: 2n ** 64n - 1n });
  });

  it('gives each payload bytes of its own', () => {
    const first = there({ customer: 'Ada' });
    const copy = Uint8Array.from(first);
    for (let i = 0; i < 100; i++) there({ customer: 'Bob' });
    expect(Uint8Array.from(first)).toEqual(copy);
  });

  it.each([
    [{ id: 'seven' }, 'id'],
    [{ id: 2n ** 64n }, 'id'],
    [{ id: 2 ** 53 }, 'id'],
    [{ customer: 7 }, 'customer'],
    [{ lines: {} }, 'lines'],
    [{ lines: [{ quantity: 1.5 }] }, 'lines.quantity'],
    [{ lines: [{ quantity: 1 }, { quantity: -1 }] }, 'lines.1.quantity'],
    [{ lines: [{ quantity: 2 ** 32 }] }, 'lines.0.quantity'],
    [{ gift: { quantity: 2 ** 40 } }, 'gift.quantity'],
    [{ moves: [1, 2 ** 31] }, 'moves.1'],
    [{ stock: { nut: 2 ** 31 } }, 'stock.nut'],
    [{ paid: 'yes' }, 'paid'],
    [{ signature: 7 }, 'signature'],
    [{ colour: 'green' }, 'colour'],
    [{ card: 'a', cash: 'b' }, 'message'],
    [undefined, 'message'],
    ['text', 'message'],
  ])('refuses %p, and names the field', (value, field) => {
    expect(() => there(value)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', field }));
  });

  it('refuses a value without end', () => {
    const chain = protobuf(root.lookupType('Chain'));
    const endless: { next?: object } = {};
    endless.next = endless;
    expect(() => chain.encode(endless, 't')).toThrow(refused);
  });
});

it('a class that pbjs generated does as well as a type that was loaded', () => {
  const type = root.lookupType('Line');
  const generated = protobuf({
    verify: (message) => type.verify(message),
    create: (properties) => type.create(properties),
    encode: (message) => type.encode(message),
    decode: (bytes) => type.decode(bytes),
    toObject: (message, options) => type.toObject(message as Message, options),
  });
  const line = { article: 'nut', quantity: 2 };
  expect(generated.decode(generated.encode(line, 't') as Uint8Array, 't')).toEqual(line);
  expect(() => generated.encode({ article: 7 }, 't')).toThrow(refused);
});

describe('the Protobuf codec, given bytes that are none', () => {
  const orRefused = (bytes: Uint8Array): void => {
    try {
      back(bytes);
    } catch (error) {
      expect(error).toEqual(refused);
    }
  };

  it('reads or refuses every beginning of a payload', () => {
    const whole = there({
      id: 7,
      customer: 'Ada',
      lines: [{ article: 'nut' }],
      stock: { nut: 1 },
      moves: [1],
    });
    for (let cut = 0; cut < whole.length; cut++) orRefused(whole.subarray(0, cut));
    expect(() => back(whole.subarray(0, whole.length - 1))).toThrow(refused);
  });

  it('reads or refuses whatever there is', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), orRefused), { numRuns: 2000 });
  });

  describe('that would make much of themselves', () => {
    const many = (count: number, ...bytes: number[]): Buffer =>
      Buffer.concat(Array<Buffer>(count).fill(Buffer.of(...bytes)));

    it.each([
      ['empty messages', (count: number) => many(count, 0x1a, 0)],
      ['entries of a map', (count: number) => many(count, 0x22, 2, 0x12, 0)],
      [
        'messages in another, and in a group that nobody knows',
        (count: number) => {
          const inner = many(count, 0x1a, 0);
          const length = Buffer.of(
            (inner.length & 0x7f) | 0x80,
            ((inner.length >> 7) & 0x7f) | 0x80,
            inner.length >> 14,
          );
          return Buffer.concat([Buffer.of(0x53, 0x08, 1, 0x54, 0x12), length, inner]);
        },
      ],
    ])('are refused: %s', (_, bytesOf) => {
      // Whoever makes them is not called at all.
      const type = wide.lookupType('Wide').setup();
      const decode = jest.fn((bytes: Uint8Array) => type.decode(bytes));
      const many = protobuf(Object.create(type, { decode: { value: decode } }) as typeof type);
      expect(() => many.decode(bytesOf(50_000), 't')).toThrow(refused);
      expect(decode).not.toHaveBeenCalled();
      expect(many.decode(bytesOf(3000), 't')).toBeDefined();
      expect(decode).toHaveBeenCalled();
    });
  });

  it('refuses more levels than it reads', () => {
    const chain = protobuf(root.lookupType('Chain'));
    let nested = Buffer.alloc(0);
    for (let level = 0; level < 20_000; level++) {
      const length: number[] = [];
      for (let rest = nested.length; ; rest >>>= 7) {
        length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
        if (rest < 0x80) break;
      }
      nested = Buffer.concat([Buffer.of(0x0a, ...length), nested]);
    }
    expect(() => chain.decode(nested, 't')).toThrow(refused);
  });

  it.each([
    ['string', [0x12]],
    ['packed array', [0x6a]],
    ['array of fixed size', [0x12]],
    ['message', [0x1a]],
    ['field that nobody knows', [0xa2, 0x06]],
  ])('makes no room for a %s that promises more than there is', (_what, tag) => {
    const bytes = Uint8Array.from([...tag, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3]);
    expect(() => back(bytes)).toThrow(refused);
    expect(() => protobuf(root.lookupType('Crowd')).decode(bytes, 't')).toThrow(refused);
  });
});

import { Type } from 'avsc';
import * as fc from 'fast-check';
import { avro } from './avro-codec';

const orderType = Type.forSchema({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: 'string' },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Line',
          fields: [
            { name: 'article', type: 'string' },
            { name: 'quantity', type: 'int' },
          ],
        },
      },
    },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'colour', type: { type: 'enum', name: 'Colour', symbols: ['RED', 'BLUE'] } },
    { name: 'stock', type: { type: 'map', values: 'int' } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'paid', type: 'boolean' },
    { name: 'weight', type: 'double' },
    { name: 'rate', type: 'float' },
    { name: 'raw', type: 'bytes' },
  ],
});
const codec = avro(orderType);
const there = (value: unknown): Uint8Array => codec.encode(value, 't') as Uint8Array;
const back = (bytes: Uint8Array): unknown => codec.decode(bytes, 't');
const refused = expect.objectContaining({ code: 'VALIDATION_FAILED' });

const order = {
  id: -(2 ** 40),
  customer: 'Ada',
  lines: [{ article: 'nut', quantity: 2 }],
  note: null,
  colour: 'BLUE',
  stock: { nut: 5, bolt: -1 },
  hash: Buffer.of(1, 2),
  at: 1_700_000_000_000,
  paid: true,
  weight: 1.25,
  rate: 0.5,
  raw: Buffer.of(0, 255),
};

describe('the Avro codec', () => {
  it('gives back what it wrote', () => {
    expect({ ...(back(there(order)) as object) }).toEqual(order);
    expect(back(there({ ...order, note: 'soon', lines: [] }))).toMatchObject({ note: 'soon', lines: [] });
  });

  it('gives each payload bytes of its own', () => {
    const first = there(order);
    const copy = Uint8Array.from(first);
    for (let i = 0; i < 100; i++) there({ ...order, customer: 'Bob' });
    expect(Uint8Array.from(first)).toEqual(copy);
  });

  it('reads and writes what any schema says', () => {
    const schemas = fc.letrec<{ any: fc.JsonValue }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('null', 'boolean', 'int', 'long', 'double', 'string', 'bytes'),
        fc.record({ type: fc.constant('array'), items: tie('any') }),
        fc.record({ type: fc.constant('map'), values: tie('any') }),
      ),
    })).any;
    fc.assert(
      fc.property(schemas, (schema) => {
        const type = Type.forSchema(schema as string);
        const value = type.random() as unknown;
        const bytes = avro(type).encode(value, 't') as Uint8Array;
        expect(avro(type).decode(bytes, 't')).toEqual(value);
      }),
    );
  });

  it.each([
    [{ ...order, id: '7' }, 'id'],
    [{ ...order, id: undefined }, 'id'],
    [{ ...order, lines: [order.lines[0], { article: 'bolt', quantity: 1.5 }] }, 'lines.1.quantity'],
    [{ ...order, lines: [{ article: 'bolt', quantity: 2 ** 31 }] }, 'lines.0.quantity'],
    [{ ...order, colour: 'GREEN' }, 'colour'],
    [{ ...order, stock: { nut: 'five' } }, 'stock.nut'],
    [{ ...order, hash: Buffer.of(1) }, 'hash'],
    [{ ...order, note: 7 }, 'note'],
    [undefined, 'message'],
    ['text', 'message'],
  ])('refuses a value that does not fit, and names the field', (value, field) => {
    expect(() => there(value)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', field }));
  });

  it('refuses a value without end', () => {
    const chain = avro(
      Type.forSchema({ type: 'record', name: 'Chain', fields: [{ name: 'next', type: ['null', 'Chain'] }] }),
    );
    const endless: { next?: object } = {};
    endless.next = endless;
    expect(() => chain.encode(endless, 't')).toThrow(refused);
    expect(() => chain.decode(Buffer.alloc(1_000_000, 2), 't')).toThrow(refused);
  });
});

describe('the Avro codec, given bytes that are none', () => {
  it('refuses every beginning of a payload, and what follows one', () => {
    const whole = there(order);
    for (let cut = 0; cut < whole.length; cut++) expect(() => back(whole.subarray(0, cut))).toThrow(refused);
    expect(() => back(Buffer.concat([whole, Buffer.of(0)]))).toThrow(refused);
  });

  it('reads or refuses whatever there is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          back(bytes);
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const LARGE = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
  const NEGATIVE = [0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];

  it.each([
    ['array', { type: 'array', items: 'int' }, LARGE],
    ['array of nothing', { type: 'array', items: 'null' }, LARGE],
    ['array that tells its bytes', { type: 'array', items: 'null' }, [...NEGATIVE, 2]],
    ['map', { type: 'map', values: 'null' }, LARGE],
    ['string', 'string', LARGE],
    ['string of negative length', 'string', [0x01]],
    ['choice', ['null', 'int'], [0x04]],
    ['choice below all others', ['null', 'int'], [0x01]],
    ['symbol', { type: 'enum', name: 'E', symbols: ['A'] }, [0x02]],
    ['integer without end', 'long', Array<number>(11).fill(0xff)],
    ['integer that is not exact', 'long', [...Array<number>(9).fill(0xff), 0x01]],
  ])('refuses a bad %s', (_what, schema, bytes) => {
    expect(() => avro(Type.forSchema(schema as string)).decode(Uint8Array.from(bytes), 't')).toThrow(refused);
  });

  it('makes no room for arrays within arrays that promise more than there is', () => {
    const tree = Type.forSchema({
      type: 'record',
      name: 'Tree',
      fields: [{ name: 'children', type: { type: 'array', items: 'Tree' } }],
    });
    // Whoever makes room is not called at all.
    const fromBuffer = jest.fn((bytes: Buffer): unknown => tree.fromBuffer(bytes));
    const trees = avro(Object.create(tree, { fromBuffer: { value: fromBuffer } }) as Type);
    expect(() => trees.decode(Buffer.alloc(1_000_000, 0x7e), 't')).toThrow(refused);
    expect(fromBuffer).not.toHaveBeenCalled();
    expect(trees.decode(Buffer.of(0), 't')).toMatchObject({ children: [] });
    expect(fromBuffer).toHaveBeenCalled();
  });

  it('makes no million values of a few bytes', () => {
    const fields = Array.from({ length: 500 }, (_, n) => ({ name: `f${n}`, type: 'null' }));
    const wide = Type.forSchema({ type: 'array', items: { type: 'record', name: 'Wide', fields } } as never);
    // Whoever makes them is not called at all.
    const fromBuffer = jest.fn((bytes: Buffer): unknown => wide.fromBuffer(bytes));
    const records = avro(Object.create(wide, { fromBuffer: { value: fromBuffer } }) as Type);
    const empty = Object.fromEntries(fields.map(({ name }) => [name, null]));
    const of = (count: number): Buffer => wide.toBuffer(Array<object>(count).fill(empty));
    expect(records.decode(of(2000), 't')).toHaveLength(2000);
    fromBuffer.mockClear();
    expect(() => records.decode(of(2001), 't')).toThrow(refused);
    expect(fromBuffer).not.toHaveBeenCalled();
  });

  it('takes as many elements without bytes as it says, and no more', () => {
    const nulls = avro(Type.forSchema({ type: 'array', items: 'null' }));
    const of = (count: number): Uint8Array => nulls.encode(Array<null>(count).fill(null), 't') as Uint8Array;
    expect(nulls.decode(of(65_536), 't')).toHaveLength(65_536);
    expect(() => nulls.decode(of(65_536 + 8), 't')).toThrow(refused);
  });
});

import { MAX_REMEMBERED_TOPICS } from '../topic-memo';
import { codecTable } from './codec-table';
import { jsonCodec } from './json-codec';
import type { PayloadCodec } from './payload-codec';

const codec = (contentType: string | undefined, selfDescribing = false): PayloadCodec => ({
  contentType,
  selfDescribing,
  encode: () => new Uint8Array(),
  decode: () => undefined,
});
const a = codec('application/a');
const b = codec('application/b', true);

describe('which codec writes a topic', () => {
  it('is JSON unless something else is said', () => {
    expect(codecTable().forTopic('orders')).toBe(jsonCodec);
    expect(codecTable({ 'ticks.*': a }).forTopic('orders')).toBe(jsonCodec);
  });

  it("is that of the topic's own name before that of a filter, whatever their order", () => {
    const table = codecTable({ 'ticks.*': a, 'ticks.eur': b });
    expect(table.forTopic('ticks.eur')).toBe(b);
    expect(table.forTopic('ticks.usd')).toBe(a);
  });

  it('is that of the first filter that matches', () => {
    const table = codecTable({ 'ticks.*.bid': a, 'ticks.>': b });
    expect(table.forTopic('ticks.eur.bid')).toBe(a);
    expect(table.forTopic('ticks.eur.ask')).toBe(b);
  });

  it('is that of its definition first, also of one that is made later', () => {
    const defined = new Map<string, PayloadCodec>();
    const table = codecTable({ '>': a }, defined);
    expect(table.forTopic('ticks')).toBe(a);
    defined.set('ticks', b);
    expect(table.forTopic('ticks')).toBe(b);
  });

  it('stays right for more topics than it remembers', () => {
    const table = codecTable({ 'a.*': a, 'b.*': b });
    for (let i = 0; i <= MAX_REMEMBERED_TOPICS; i++) table.forTopic(`a.${i}`);
    expect(table.forTopic('a.0')).toBe(a);
    expect(table.forTopic('b.0')).toBe(b);
    expect(table.forTopic('c.0')).toBe(jsonCodec);
  });

  it.each(['', 'a b', 'a..b', '>.a', 'a*'])('refuses %j as a key', (key) => {
    expect(() => codecTable({ [key]: a })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field: `codecs.${key}` }),
    );
  });

  it.each([undefined, null, 'json', {}, { contentType: 7, encode: a.encode, decode: a.decode }])(
    'refuses %j as a codec',
    (value) => {
      expect(() => codecTable({ orders: value as unknown as PayloadCodec })).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG', field: 'codecs.orders' }),
      );
    },
  );
});

describe('which codec reads a payload', () => {
  const table = codecTable({ as: a, bs: b });

  it('is JSON for one without a content type, and for one that says so', () => {
    expect(table.forContent('as', undefined)).toBe(jsonCodec);
    expect(table.forContent('as', 'application/json')).toBe(jsonCodec);
    expect(table.forContent('other', 'Application/JSON; charset=utf-8')).toBe(jsonCodec);
  });

  it("is the topic's own when the content type is that codec's", () => {
    expect(table.forContent('as', 'application/a')).toBe(a);
    expect(table.forContent('as', 'application/A; v=1')).toBe(a);
  });

  it('is any that needs no schema with that content type, on other topics', () => {
    expect(table.forContent('as', 'application/b')).toBe(b);
    expect(table.forContent('other', 'application/a')).toBeUndefined();
  });

  it('is told apart by parameters where two differ in nothing else', () => {
    const first = codec('application/b; v=1', true);
    const second = codec('application/b; v=2', true);
    const both = codecTable({ x: first, y: second });
    expect(both.forContent('z', 'application/b; v=2')).toBe(second);
    expect(both.forContent('z', 'application/b')).toBe(first);
  });

  it('is nobody for what is not known', () => {
    expect(table.forContent('as', 'image/png')).toBeUndefined();
  });
});

import { Push, PushFrame } from './push';

/** The pushes of a frame with these payloads. */
function pushesOf(texts: readonly string[], contentType?: string): Push[] {
  const payloads = texts.map((text) => Buffer.from(text));
  const frame = new PushFrame('prices', Buffer.concat(payloads), contentType);
  let start = 0;
  return payloads.map(({ length }, index) => new Push(frame, start, (start += length), index + 1));
}

const valuesOf = (pushes: readonly Push[]): unknown[] => pushes.map(({ value }) => value);

describe('the values of the pushes of a frame', () => {
  it.each([
    ['plain', ['{"price":1}', '"two"', '[3]']],
    ['of one message', ['{"price":1}']],
    ['with letters that take several bytes', ['"é"', '"日本"', '{"ü":"plain"}', '1']],
    ['empty texts', ['""', '""']],
  ])('are those that were published: %s', (_, texts) => {
    const expected = texts.map((text) => JSON.parse(text) as unknown);
    expect(valuesOf(pushesOf(texts))).toEqual(expected);
    expect(valuesOf(pushesOf(texts).reverse())).toEqual([...expected].reverse());
  });

  it('may be asked for at any time, and again', () => {
    const [first, second, third] = pushesOf(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect(third.value).toEqual({ n: 3 });
    expect(first.value).toEqual({ n: 1 });
    expect(second.value).toEqual({ n: 2 });
    expect(first.value).toBe(first.value);
  });

  it('are the bytes themselves where these are no JSON', () => {
    const [first, second] = pushesOf(['ab', 'c'], 'text/plain');
    expect(Buffer.from(first.value as Uint8Array).toString()).toBe('ab');
    expect(Buffer.from(second.bytes).toString()).toBe('c');
  });

  it('of one that is no JSON costs the others nothing', () => {
    const [bad, good] = pushesOf(['{"n":', '{"n":2}']);
    expect(() => bad.value).toThrow(SyntaxError);
    expect(good.value).toEqual({ n: 2 });
  });
});

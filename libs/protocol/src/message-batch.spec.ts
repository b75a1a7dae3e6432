import * as fc from 'fast-check';
import { fromSequence, lastSequence, MessageBatch, MessageBatchBuilder } from './message-batch';

const textOf = (batch: MessageBatch): string[] =>
  Array.from({ length: batch.count }, (_, index) => Buffer.from(batch.payload(index)).toString());

test('payloads come out as they went in, whatever was adopted in between', () => {
  const step = fc.record({ skip: fc.nat(5), take: fc.nat(40), adopt: fc.boolean(), foreign: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), fc.nat(100), (steps, capacity) => {
      const source = Buffer.from(Array.from({ length: 6000 }, (_, index) => index % 251));
      const builder = new MessageBatchBuilder(capacity);
      const expected: Buffer[] = [];
      let at = 0;
      for (const { skip, take, adopt, foreign } of steps) {
        at += skip;
        const payload = Buffer.from(source.subarray(at, at + take));
        if (adopt) builder.adopt(source, at);
        if (foreign) builder.add(payload, 0, take);
        else builder.add(source, at, at + take);
        expected.push(payload);
        at += take;
      }
      const batch = builder.build();
      expect(batch.count).toBe(expected.length);
      expected.forEach((payload, index) => expect(payload.equals(batch.payload(index))).toBe(true));
      expect(batch.byteLength).toBe(expected.reduce((sum, payload) => sum + payload.length, 0));
    }),
    { numRuns: 300 },
  );
});

test('adopting changes nothing in what it was given', () => {
  const source = Buffer.from('head1111gap2222tail');
  const builder = new MessageBatchBuilder(4);
  builder.add(source, 4, 8);
  builder.adopt(source, 11);
  builder.add(source, 11, 15);
  const batch = builder.build();
  expect(source.toString()).toBe('head1111gap2222tail');
  source.fill(0);
  expect(textOf(batch)).toEqual(['1111', '2222']);
});

function batchOf(count: number): MessageBatch {
  const builder = new MessageBatchBuilder(4);
  for (let n = 0; n < count; n++) {
    const payload = Buffer.from(`"${n}"`);
    builder.add(
      payload,
      0,
      payload.length,
      n % 3 === 1 ? { key: `k${n}` } : undefined,
      n % 4 === 2 ? `m${n}` : undefined,
    );
  }
  return builder.build();
}

test('attributes and message ids stay with their messages', () => {
  const batch = batchOf(100);
  expect(batch.attributes).toHaveLength(100);
  expect([
    batch.attributes?.[1],
    batch.attributes?.[2],
    batch.messageIds?.[2],
    batch.messageIds?.[3],
  ]).toEqual([{ key: 'k1' }, undefined, 'm2', undefined]);
  const part = batch.slice(1, 3);
  expect([textOf(part), part.attributes, part.messageIds]).toEqual([
    ['"1"', '"2"'],
    [{ key: 'k1' }, undefined],
    [undefined, 'm2'],
  ]);
  const picked = batch.select([0, 4, 6]);
  expect([textOf(picked), picked.attributes?.[1], picked.messageIds?.[2]]).toEqual([
    ['"0"', '"4"', '"6"'],
    { key: 'k4' },
    'm6',
  ]);
  expect(batch.slice(0)).toBe(batch);
});

test('a batch of plain messages has no columns for what none has', () => {
  expect(MessageBatch.of(Buffer.from('1'))).toMatchObject({
    count: 1,
    attributes: undefined,
    messageIds: undefined,
  });
});

test('a stored batch knows its sequences', () => {
  const stored = { topic: 'x', firstSequence: 5, timestamp: 0, messages: batchOf(4) };
  expect(lastSequence(stored)).toBe(8);
  expect(fromSequence(stored, 3)).toBe(stored);
  expect(fromSequence(stored, 9)).toBeUndefined();
  const rest = fromSequence(stored, 7);
  expect(rest).toMatchObject({ firstSequence: 7 });
  expect(textOf(rest!.messages)).toEqual(['"2"', '"3"']);
});

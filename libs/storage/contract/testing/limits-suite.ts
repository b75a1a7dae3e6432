import { batchOf, numbered, type StoreFixture } from './store-fixture';

export function describeLimits(fixture: () => StoreFixture): void {
  const full = (index: number) => ({ index, code: 'TOPIC_FULL' });

  describe('limits', () => {
    test('maxMessages with reject: stores what fits, and refuses the rest of the batch', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 3 });
      expect((await store.append('a', batchOf(['1', '2']))).refusals).toBeUndefined();
      const result = await store.append('a', batchOf(['3', '4', '5']));
      expect(result).toEqual({
        firstSequence: 3,
        stored: 1,
        repeats: 0,
        delayed: 0,
        refusals: [full(1), full(2)],
      });
      const refused = await store.append('a', batchOf(['6']));
      expect(refused).toEqual({ firstSequence: 0, stored: 0, repeats: 0, delayed: 0, refusals: [full(0)] });
      expect(await fixture().held('a')).toEqual(['1', '2', '3']);
    });

    test('maxMessages with reject: a batch that fits exactly is stored whole', async () => {
      await fixture().topic('a', { maxMessages: 3 });
      expect(await fixture().store.append('a', batchOf(['1', '2', '3']))).toMatchObject({ stored: 3 });
    });

    test('maxBytes with reject: both sides of the limit', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxBytes: 5 });
      expect(await store.append('a', batchOf(['12', '345']))).toMatchObject({ stored: 2 });
      await fixture().topic('b', { maxBytes: 5 });
      const result = await store.append('b', batchOf(['12', '3456', '7']));
      expect(result).toMatchObject({ stored: 1, refusals: [full(1), full(2)] });
      expect(store.describe('b')).toMatchObject({ messages: 1, bytes: 2 });
    });

    test('with reject, there is room again when messages are taken or purged', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 1 });
      await fixture().append('a', '1');
      const results = await Promise.all([store.take('a', 1), store.append('a', batchOf(['2']))]);
      expect(results[1]).toMatchObject({ firstSequence: 2, stored: 1 });
      await store.purge('a');
      expect(await store.append('a', batchOf(['3']))).toMatchObject({ firstSequence: 3, stored: 1 });
    });

    test('a refused message does not cost a sequence', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxBytes: 2 });
      await store.append('a', batchOf(['large', 'x']));
      expect(store.describe('a')).toMatchObject({ nextSequence: 1, messages: 0 });
      expect(await store.append('a', batchOf(['x']))).toMatchObject({ firstSequence: 1 });
    });

    test('maxMessages with drop-oldest: removes as many of the oldest as come', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 3, overflow: 'drop-oldest' });
      await fixture().append('a', '1', '2', '3');
      expect(store.describe('a')).toMatchObject({ firstSequence: 1, messages: 3 });
      expect(await store.append('a', batchOf(['4', '5']))).toMatchObject({ firstSequence: 4, stored: 2 });
      expect(await fixture().held('a')).toEqual(['3', '4', '5']);
      expect(store.describe('a')).toMatchObject({ firstSequence: 3, nextSequence: 6, messages: 3, bytes: 3 });
    });

    test('maxBytes with drop-oldest: removes no more than it must', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxBytes: 6, overflow: 'drop-oldest' });
      await fixture().append('a', '11', '22', '33');
      expect(store.describe('a')).toMatchObject({ messages: 3, bytes: 6 });
      await fixture().append('a', '444');
      expect(await fixture().held('a')).toEqual(['33', '444']);
      await fixture().append('a', '5');
      expect(await fixture().held('a')).toEqual(['33', '444', '5']);
    });

    test('drop-oldest: a batch larger than the topic leaves its own newest messages', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 3, overflow: 'drop-oldest' });
      await fixture().append('a', 'old');
      expect(await store.append('a', batchOf(numbered(10)))).toMatchObject({ firstSequence: 2, stored: 10 });
      expect(await fixture().held('a')).toEqual(['7', '8', '9']);
      expect(store.describe('a')).toMatchObject({ firstSequence: 9, nextSequence: 12, messages: 3 });
      await fixture().topic('b', { maxBytes: 4, overflow: 'drop-oldest' });
      await fixture().append('b', 'aa', 'bbb', 'c');
      expect(await fixture().held('b')).toEqual(['bbb', 'c']);
    });

    test('drop-oldest: a message that an empty topic could not hold is refused, and removes nothing', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxBytes: 4, overflow: 'drop-oldest' });
      await fixture().append('a', '1234');
      expect(await store.append('a', batchOf(['12345']))).toMatchObject({ stored: 0, refusals: [full(0)] });
      expect(await store.append('a', batchOf(['x', '12345', 'y']))).toMatchObject({
        stored: 2,
        refusals: [full(1)],
      });
      expect(await fixture().held('a')).toEqual(['x', 'y']);
    });

    test('drop-oldest over many small batches keeps its counts', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
      await Promise.all(numbered(200).map((text) => store.append('a', batchOf([text]))));
      expect(await fixture().held('a')).toEqual(numbered(200).slice(190));
      expect(store.describe('a')).toMatchObject({ firstSequence: 191, messages: 10, bytes: 30 });
    });

    test('a lower limit removes at once with drop-oldest, and nothing with reject', async () => {
      const { store } = fixture();
      await fixture().topic('a', { overflow: 'drop-oldest' });
      await fixture().append('a', '1', '2', '3');
      await store.updateTopic('a', fixture().policy({ maxMessages: 1, overflow: 'reject' }));
      expect(store.describe('a')?.messages).toBe(3);
      expect(await store.append('a', batchOf(['4']))).toMatchObject({ stored: 0 });
      await store.updateTopic('a', fixture().policy({ maxMessages: 1, overflow: 'drop-oldest' }));
      expect(await fixture().held('a')).toEqual(['3']);
    });
  });
}

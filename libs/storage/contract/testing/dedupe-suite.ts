import { batchOf, type StoreFixture } from './store-fixture';

export function describeDedupe(fixture: () => StoreFixture): void {
  describe('dedupe', () => {
    test('a repeat is confirmed and not stored again, across batches and within one', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      expect(await store.append('a', batchOf(['1', '2', '1'], ['p-1', 'p-2', 'p-1']))).toMatchObject({
        firstSequence: 1,
        stored: 2,
        repeats: 1,
        delayed: 0,
      });
      expect(await store.append('a', batchOf(['2', '3'], ['p-2', 'p-3']))).toMatchObject({
        firstSequence: 3,
        stored: 1,
        repeats: 1,
        delayed: 0,
      });
      const repeated = await store.append('a', batchOf(['3'], ['p-3']));
      expect(repeated).toEqual({ firstSequence: 0, stored: 0, repeats: 1, delayed: 0, refusals: undefined });
      expect(await fixture().held('a')).toEqual(['1', '2', '3']);
    });

    test('repeats among concurrent batches are found', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const append = () => store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']));
      const results = await Promise.all([append(), append()]);
      expect(results.map(({ stored, repeats }) => [stored, repeats])).toEqual([
        [2, 0],
        [0, 2],
      ]);
    });

    test('ids are compared exactly', async () => {
      const ids = [
        'p-1',
        'p-01',
        'p-',
        'p',
        '-1',
        '1',
        'p-1-1',
        'P-1',
        'p-1 ',
        'p-999999999999999',
        'p-9999999999999999',
      ];
      ids.push(
        'p-10000000000000000',
        'p-10000000000000001',
        'é-1',
        'e\u0301-1',
        'p--1',
        'p-1.0',
        'p-257',
        'q-1',
        '',
      );
      await fixture().topic('a');
      expect(await fixture().store.append('a', batchOf(ids, ids))).toMatchObject({
        stored: ids.length,
        repeats: 0,
        delayed: 0,
      });
      expect(await fixture().store.append('a', batchOf(ids, ids))).toMatchObject({ repeats: ids.length });
    });

    test('messages without an id are never repeats', async () => {
      await fixture().topic('a');
      const result = await fixture().store.append(
        'a',
        batchOf(['1', '1', '1'], [undefined, 'p-1', undefined]),
      );
      expect(result).toMatchObject({ stored: 3, repeats: 0, delayed: 0 });
    });

    test('each topic has its own ids', async () => {
      await fixture().topic('a');
      await fixture().topic('b');
      await fixture().store.append('a', batchOf(['1'], ['p-1']));
      expect(await fixture().store.append('b', batchOf(['1'], ['p-1']))).toMatchObject({ stored: 1 });
    });

    test('an id is remembered when its message is gone', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']));
      await store.take('a', 1);
      await store.purge('a');
      expect(await store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']))).toMatchObject({
        stored: 0,
        repeats: 2,
        delayed: 0,
      });
    });

    test('an id is forgotten when the window has passed, and not before', async () => {
      const { store } = fixture();
      await fixture().topic('a', { dedupeWindow: 1000 });
      await store.append('a', batchOf(['1'], ['p-1']));
      fixture().time += 999;
      expect(await store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({ repeats: 1, delayed: 0 });
      fixture().time += 1;
      expect(await store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({ stored: 1 });
      expect(await store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({ repeats: 1, delayed: 0 });
    });

    test('a clock that is set back neither forgets ids nor keeps them for longer', async () => {
      const { store } = fixture();
      await fixture().topic('a', { dedupeWindow: 1000 });
      fixture().time += 10_000_000;
      await store.append('a', batchOf(['1'], ['p-1']));
      fixture().time -= 10_000_000;
      await store.append('a', batchOf(['2'], ['p-2']));
      expect(await store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']))).toMatchObject({
        repeats: 2,
        delayed: 0,
      });
      fixture().clock.advance(1000);
      expect(await store.append('a', batchOf(['1', '2'], ['p-1', 'p-2']))).toMatchObject({ stored: 2 });
    });

    test('of more ids than are remembered, the oldest are forgotten', async () => {
      const { store } = fixture();
      await fixture().topic('a', { dedupeIds: 3 });
      await store.append('a', batchOf(['1', '2', '3'], ['p-1', 'p-2', 'x']));
      expect(await store.append('a', batchOf(['4'], ['p-4']))).toMatchObject({ stored: 1 });
      expect(await store.append('a', batchOf(['2', 'x', '4'], ['p-2', 'x', 'p-4']))).toMatchObject({
        repeats: 3,
        delayed: 0,
      });
      expect(await store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({ stored: 1 });
      expect(await store.append('a', batchOf(['2'], ['p-2']))).toMatchObject({ stored: 1 });
    });

    test('a window of 0 turns dedupe off', async () => {
      await fixture().topic('a', { dedupeWindow: 0 });
      const result = await fixture().store.append('a', batchOf(['1', '1'], ['p-1', 'p-1']));
      expect(result).toMatchObject({ stored: 2, repeats: 0, delayed: 0 });
    });

    test('the id of a refused message is not remembered; a repeat is confirmed by a full topic', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 1 });
      const result = await store.append('a', batchOf(['1', '2', '1'], ['p-1', 'p-2', 'p-1']));
      expect(result).toMatchObject({
        stored: 1,
        repeats: 1,
        delayed: 0,
        refusals: [{ index: 1, code: 'TOPIC_FULL' }],
      });
      await store.purge('a');
      expect(await store.append('a', batchOf(['2'], ['p-2']))).toMatchObject({ firstSequence: 2, stored: 1 });
    });

    test('a topic that is deleted and created again has forgotten its ids', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await store.append('a', batchOf(['1'], ['p-1']));
      await store.deleteTopic('a');
      await fixture().topic('a');
      expect(await store.append('a', batchOf(['1'], ['p-1']))).toMatchObject({ firstSequence: 2, stored: 1 });
    });
  });
}

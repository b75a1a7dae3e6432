import { batchOf, numbered, textsOf, type StoreFixture } from './store-fixture';

export function describeTaking(fixture: () => StoreFixture): void {
  describe('take', () => {
    test('removes and returns the oldest messages', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await fixture().append('a', '1', '22', '3');
      const taken = await store.take('a', 2);
      expect(taken).toMatchObject({ topic: 'a', firstSequence: 1, timestamp: fixture().time });
      expect(textsOf([taken!])).toEqual(['1', '22']);
      expect(store.describe('a')).toMatchObject({ firstSequence: 3, messages: 1, bytes: 1 });
      expect(textsOf([(await store.take('a', 2))!])).toEqual(['3']);
      expect(await store.take('a', 2)).toBeUndefined();
      expect(store.describe('a')).toMatchObject({ firstSequence: 4, nextSequence: 4, messages: 0, bytes: 0 });
    });

    test('gives each message to one caller only, in order', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await fixture().append('a', ...numbered(7));
      const taken = await Promise.all(Array.from({ length: 10 }, () => store.take('a', 1)));
      expect(textsOf(taken.filter((batch) => batch !== undefined))).toEqual(numbered(7));
      expect(taken.filter((batch) => batch === undefined)).toHaveLength(3);
    });

    test('takes what was appended in the same turn', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const calls = [
        store.take('a', 1),
        store.append('a', batchOf(['1', '2'])),
        store.take('a', 1),
        store.append('a', batchOf(['3'])),
        store.take('a', 5),
        store.take('a', 5),
        store.take('a', 5),
      ];
      const [none, , first, , second, third, empty] = (await Promise.all(calls)) as never[];
      expect([none, empty]).toEqual([undefined, undefined]);
      expect([first, second, third].map((batch) => textsOf([batch]))).toEqual([['1'], ['2'], ['3']]);
    });

    test('gives messages of one time only, so perhaps fewer than are asked for', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await fixture().append('a', '1', '2');
      fixture().time += 1;
      await fixture().append('a', '3');
      expect(textsOf([(await store.take('a', 100))!])).toEqual(['1', '2']);
      expect(await store.take('a', 100)).toMatchObject({ firstSequence: 3, timestamp: fixture().time });
    });
  });
}

import { batchOf, withCode, type StoreFixture } from './store-fixture';

export function describeTopics(fixture: () => StoreFixture): void {
  describe('topics', () => {
    test('a new topic is empty, and its first sequence will be 1', async () => {
      const { store } = fixture();
      const policy = fixture().policy({ maxMessages: 7 });
      const info = await store.createTopic('новости.日本', policy);
      expect(info).toMatchObject({
        name: 'новости.日本',
        firstSequence: 1,
        nextSequence: 1,
        messages: 0,
        bytes: 0,
      });
      expect(info.policy).toEqual(policy);
      expect(info.epoch).not.toBe('');
      expect(store.describe('новости.日本')).toEqual(info);
      expect([...store.topics()]).toEqual(['новости.日本']);
    });

    test('a topic that exists is returned as it is', async () => {
      const { store } = fixture();
      const info = await store.createTopic('a', fixture().policy());
      expect(await store.createTopic('a', fixture().policy({ maxMessages: 1 }))).toEqual(info);
    });

    test('of two creations at once, the first one counts', async () => {
      const { store } = fixture();
      const created = await Promise.all([
        store.createTopic('a', fixture().policy({ maxMessages: 1 })),
        store.createTopic('a', fixture().policy({ maxMessages: 2 })),
      ]);
      expect(created.map((info) => info.policy.maxMessages)).toEqual([1, 1]);
    });

    test('a policy can be changed, but not where the messages are kept', async () => {
      const { store } = fixture();
      const policy = fixture().policy();
      await store.createTopic('a', policy);
      expect((await store.updateTopic('a', { ...policy, maxMessages: 5 })).policy.maxMessages).toBe(5);
      expect(store.describe('a')?.policy.maxMessages).toBe(5);
      const storage = policy.storage === 'disk' ? 'memory' : 'disk';
      await expect(store.updateTopic('a', { ...policy, storage })).rejects.toEqual(withCode('NOT_SUPPORTED'));
    });

    test('a topic that does not exist is unknown to every method', async () => {
      const { store } = fixture();
      const unknown = withCode('TOPIC_UNKNOWN');
      await expect(store.append('a', batchOf(['x']))).rejects.toEqual(unknown);
      await expect(store.take('a', 1)).rejects.toEqual(unknown);
      await expect(store.purge('a')).rejects.toEqual(unknown);
      await expect(store.deleteTopic('a')).rejects.toEqual(unknown);
      await expect(store.updateTopic('a', fixture().policy())).rejects.toEqual(unknown);
      await expect(store.openReader('a', 'earliest')).rejects.toEqual(unknown);
      expect(() => store.tail('a', { onCommit: () => undefined })).toThrow(unknown);
      expect(store.describe('a')).toBeUndefined();
    });

    test('calls take effect in the order they were made, without being awaited', async () => {
      const { store } = fixture();
      const results = await Promise.allSettled([
        store.append('a', batchOf(['too early'])),
        store.createTopic('a', fixture().policy()),
        store.append('a', batchOf(['1', '2'])),
        store.take('a', 1),
        store.purge('a'),
        store.deleteTopic('a'),
        store.append('a', batchOf(['too late'])),
        store.createTopic('a', fixture().policy()),
        store.append('a', batchOf(['3'])),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        ...['rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
        ...['fulfilled', 'fulfilled'],
      ]);
      expect(results[4]).toMatchObject({ value: 1 });
      expect(results[8]).toMatchObject({ value: { firstSequence: 3 } });
      expect(await fixture().held('a')).toEqual(['3']);
    });

    test('sequences go on after a purge and after a deletion', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await fixture().append('a', '1', '2');
      expect(await store.purge('a')).toBe(2);
      expect(store.describe('a')).toMatchObject({ firstSequence: 3, nextSequence: 3, messages: 0, bytes: 0 });
      await fixture().append('a', '3');
      await store.deleteTopic('a');
      expect(store.describe('a')).toBeUndefined();
      expect(await store.createTopic('a', fixture().policy())).toMatchObject({
        firstSequence: 4,
        nextSequence: 4,
      });
      await fixture().append('a', '4');
      expect(await fixture().held('a')).toEqual(['4']);
    });

    test('a purge of an empty topic removes nothing', async () => {
      await fixture().topic('a');
      expect(await fixture().store.purge('a')).toBe(0);
    });
  });
}

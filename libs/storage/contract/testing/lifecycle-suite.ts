import { batchOf, numbered, RecordingListener, withCode, type StoreFixture } from './store-fixture';

export function describeLifecycle(fixture: () => StoreFixture): void {
  describe('close', () => {
    test('finishes what was accepted, and tells its tails', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const listener = new RecordingListener();
      store.tail('a', listener);
      const appended = numbered(20).map((text) => store.append('a', batchOf([text])));
      await store.close();
      const results = await Promise.all(appended);
      expect(results.map((result) => result.stored)).toEqual(numbered(20).map(() => 1));
      expect(listener.heard).toHaveLength(20);
    });

    test('refuses what comes later, and may be called again', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const reader = await store.openReader('a', 'earliest');
      const closing = store.close();
      const refused = withCode('SHUTTING_DOWN');
      await expect(store.append('a', batchOf(['1']))).rejects.toEqual(refused);
      await Promise.all([closing, store.close()]);
      await store.close();
      await expect(store.append('a', batchOf(['1']))).rejects.toEqual(refused);
      await expect(store.take('a', 1)).rejects.toEqual(refused);
      await expect(store.createTopic('b', fixture().policy())).rejects.toEqual(refused);
      await expect(store.updateTopic('a', fixture().policy())).rejects.toEqual(refused);
      await expect(store.deleteTopic('a')).rejects.toEqual(refused);
      await expect(store.purge('a')).rejects.toEqual(refused);
      await expect(store.openReader('a', 'new')).rejects.toEqual(refused);
      await expect(reader.fetch(1, 1)).rejects.toEqual(refused);
      expect(() => store.tail('a', { onCommit: () => undefined })).toThrow(refused);
    });
  });
}

import { LmdbStore } from './lmdb-store';

// Linux's /proc takes no files, not even from root.
test('a folder that cannot be written is refused with the reason, also for root', async () => {
  const store = new LmdbStore({ path: '/proc/self' });
  await expect(store.open()).rejects.toMatchObject({
    code: 'DATA_DIR_UNUSABLE',
    message: expect.stringContaining('/proc/self') as unknown,
  });
  await store.close();
});

import { DEFAULT_TOPIC_POLICY, MessageBatch } from '@pochta/protocol';
import { MemoryStore } from './memory-store';

test('what is appended is read back', async () => {
  const store = new MemoryStore();
  await store.open();
  void store.createTopic('orders', DEFAULT_TOPIC_POLICY);
  const appended = store.append('orders', MessageBatch.of(Buffer.from('1')));
  const reader = await store.openReader('orders', 'earliest');
  expect(await appended).toEqual({ firstSequence: 1, stored: 1, repeats: 0, refusals: undefined });
  const { batches } = await reader.fetch(10, 1000);
  expect(batches.map((batch) => batch.firstSequence)).toEqual([1]);
  await store.close();
});

import { isHole } from '@pochta/storage-contract';
import type { StoredBatch } from '@pochta/protocol';
import { LmdbStore } from './lmdb-store';

/** The sequences that a new store finds in the data folder, of the topic the writer wrote to. */
export async function heldSequences(path: string): Promise<number[]> {
  const [batches] = await heldBatches(path, ['a']);
  return batches.map((batch) => batch.firstSequence);
}

/** The numbers that a new store finds in the payloads of each topic, in their order. */
export async function heldNumbers(path: string, topics: readonly string[]): Promise<number[][]> {
  const held = await heldBatches(path, topics);
  return held.map((batches) =>
    batches.flatMap(({ messages }) =>
      Array.from({ length: messages.count }, (_, index) => Number(Buffer.from(messages.payload(index)))),
    ),
  );
}

async function heldBatches(path: string, topics: readonly string[]): Promise<StoredBatch[][]> {
  const store = new LmdbStore({ path });
  await store.open();
  const held: StoredBatch[][] = [];
  for (const topic of topics) {
    const batches: StoredBatch[] = [];
    const reader = await store.openReader(topic, 'earliest');
    for (
      let page = await reader.fetch(1000, 1 << 24);
      page.length > 0;
      page = await reader.fetch(1000, 1 << 24)
    ) {
      for (const entry of page) if (!isHole(entry)) batches.push(entry);
    }
    held.push(batches);
  }
  await store.close();
  return held;
}

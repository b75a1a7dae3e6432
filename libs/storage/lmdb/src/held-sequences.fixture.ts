import { batchesIn } from '@pochta/storage-contract/testing';
import { LmdbStore } from './lmdb-store';

/** The sequences that a new store finds in the data folder, of the topic the writer wrote to. */
export async function heldSequences(path: string): Promise<number[]> {
  const store = new LmdbStore({ path });
  await store.open();
  const reader = await store.openReader('a', 'earliest');
  const held: number[] = [];
  for (;;) {
    const batches = batchesIn(await reader.fetch(1000, 1 << 24));
    if (batches.length === 0) break;
    held.push(...batches.map((batch) => batch.firstSequence));
  }
  await store.close();
  return held;
}

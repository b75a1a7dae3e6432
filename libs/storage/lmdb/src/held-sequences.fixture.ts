import { isHole } from '@pochta/storage-contract';
import { LmdbStore } from './lmdb-store';

/** The sequences that a new store finds in the data folder, of the topic the writer wrote to. */
export async function heldSequences(path: string): Promise<number[]> {
  const store = new LmdbStore({ path });
  await store.open();
  const reader = await store.openReader('a', 'earliest');
  const held: number[] = [];
  for (;;) {
    const page = await reader.fetch(1000, 1 << 24);
    if (page.length === 0) break;
    for (const entry of page) if (!isHole(entry)) held.push(entry.firstSequence);
  }
  await store.close();
  return held;
}

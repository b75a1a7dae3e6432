import { isHole, type GroupMember } from '@pochta/storage-contract';
import { LmdbStore } from './lmdb-store';

/** What a new store finds of what the transactor did. */
export interface TransactionsDone {
  /** The numbers in topic `x`, and those in topic `y`. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Sequences of topic `in` that each group has not acked. */
  readonly unacked: { readonly g: readonly number[]; readonly h: readonly number[] };
}

export async function transactionsDone(path: string): Promise<TransactionsDone> {
  const store = new LmdbStore({ path });
  await store.open();
  const done = {
    x: await numbersIn(store, 'x'),
    y: await numbersIn(store, 'y'),
    unacked: { g: await unackedIn(store, 'g'), h: await unackedIn(store, 'h') },
  };
  await store.close();
  return done;
}

/** Expects each transaction to be there wholly or not at all, and all that was confirmed. */
export function expectWhole(
  { x, y, unacked }: TransactionsDone,
  confirmed: readonly number[],
  acked: readonly number[],
): void {
  expect(confirmed.length).toBeGreaterThan(10);
  expect(acked.length).toBeGreaterThan(10);
  expect(y).toEqual(expect.arrayContaining([...confirmed]));
  expect(x).toEqual(y.flatMap((number) => [number, number]));
  expect([...unacked.g, ...y].sort((one, other) => one - other)).toEqual(
    Array.from({ length: 5000 }, (_, index) => index + 1),
  );
  expect(unacked.h.filter((sequence) => acked.includes(sequence))).toEqual([]);
}

async function numbersIn(store: LmdbStore, topic: string): Promise<number[]> {
  const reader = await store.openReader(topic, 'earliest');
  const numbers: number[] = [];
  for (;;) {
    const page = await reader.fetch(1000, 1 << 24);
    if (page.length === 0) return numbers;
    for (const entry of page) {
      if (isHole(entry)) throw new Error(`a hole in ${topic}`);
      const { messages } = entry;
      for (let index = 0; index < messages.count; index++) {
        numbers.push(Number(Buffer.from(messages.payload(index))));
      }
    }
  }
}

async function unackedIn(store: LmdbStore, name: string): Promise<number[]> {
  const group = await store.openGroup('in', name, {});
  const member: GroupMember = group.join({ onReady: () => undefined, onClosed: () => undefined });
  const sequences: number[] = [];
  for (;;) {
    const { deliveries } = await member.fetch(1000, 1 << 24);
    if (deliveries.length === 0) return sequences;
    for (const { batch } of deliveries) {
      for (let index = 0; index < batch.messages.count; index++) sequences.push(batch.firstSequence + index);
    }
  }
}

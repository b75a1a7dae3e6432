import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import { SYSTEM_CLOCK } from '@pochta/storage-contract';
import { batchOf, describeMessageStore, textsOf, type StorePlace } from '@pochta/storage-contract/testing';
import { LmdbStore } from '@pochta/storage-lmdb';
import { MemoryStore } from '@pochta/storage-memory';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoutedStore } from './routed-store';

const capabilities = {
  durable: true,
  groups: true,
  priorities: true,
  delays: true,
  expiry: true,
  compaction: true,
  transactions: true,
};

function place(): StorePlace {
  const path = mkdtempSync(join(tmpdir(), 'pochta-'));
  return {
    create: (clock) => {
      const main = new LmdbStore({ path, clock });
      return new RoutedStore({ main, memory: new MemoryStore({ ledger: main.ledger, clock }) });
    },
    remove: () => rmSync(path, { recursive: true }),
  };
}

describeMessageStore('RoutedStore, disk topics', { engine: 'lmdb', capabilities, place });
describeMessageStore('RoutedStore, memory topics', {
  engine: 'lmdb',
  capabilities,
  place,
  storage: 'memory',
  survives: 'sequences',
});

describe('a topic that changes its engine', () => {
  const disk = DEFAULT_TOPIC_POLICY;
  const memory = { ...DEFAULT_TOPIC_POLICY, storage: 'memory' as const };

  test.each([
    [disk, memory],
    [memory, disk],
  ])('goes on with its sequences, in the order of the calls, and after a restart', async (first, second) => {
    const where = place();
    let store = where.create(SYSTEM_CLOCK);
    await store.open();
    const results = await Promise.all([
      store.createTopic('a', first),
      store.append('a', batchOf(['1', '2'])),
      store.createTopic('a', second),
      store.deleteTopic('a'),
      store.createTopic('a', second),
      store.append('a', batchOf(['3'])),
      store.take('a', 1),
    ]);
    expect(results[2]).toMatchObject({ policy: first });
    expect(results[4]).toMatchObject({ policy: second, firstSequence: 3 });
    expect(textsOf([results[6]!])).toEqual(['3']);
    expect([...store.topics()]).toEqual(['a']);
    await store.close();

    store = where.create(SYSTEM_CLOCK);
    await store.open();
    expect(store.describe('a')).toMatchObject({ policy: second, nextSequence: 4 });
    await store.close();
    await where.remove?.();
  });
});

test('after a crash, a memory topic goes on above all that it may have given', async () => {
  const where = place();
  const path = mkdtempSync(join(tmpdir(), 'pochta-'));
  const main = new LmdbStore({ path });
  await main.open();
  const crashed = new MemoryStore({ ledger: main.ledger });
  await crashed.open();
  await crashed.createTopic('a', { ...DEFAULT_TOPIC_POLICY, storage: 'memory' });
  await crashed.append('a', batchOf(['1', '2']));
  const next = new MemoryStore({ ledger: main.ledger });
  await next.open();
  expect(next.describe('a')!.nextSequence).toBeGreaterThanOrEqual(3);
  await next.close();
  await main.close();
  await where.remove?.();
  rmSync(path, { recursive: true });
});

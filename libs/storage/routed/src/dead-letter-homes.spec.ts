import { DEFAULT_TOPIC_POLICY, type TopicPolicy } from '@pochta/protocol';
import { ManualClock } from '@pochta/storage-contract';
import { batchOf } from '@pochta/storage-contract/testing';
import { LmdbStore } from '@pochta/storage-lmdb';
import { MemoryStore } from '@pochta/storage-memory';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoutedStore } from './routed-store';

const disk: TopicPolicy = DEFAULT_TOPIC_POLICY;
const memory: TopicPolicy = { ...disk, storage: 'memory' };
const refused = (text: string) =>
  expect.objectContaining({
    code: 'NOT_SUPPORTED',
    message: expect.stringContaining(text) as unknown,
  }) as Error;

let path: string;
let store: RoutedStore;

async function open(): Promise<void> {
  const clock = new ManualClock();
  const main = new LmdbStore({ path, clock });
  store = new RoutedStore({ main, memory: new MemoryStore({ ledger: main.ledger, clock }) });
  await store.open();
}

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'pochta-'));
  await open();
});
afterEach(async () => {
  await store.close();
  rmSync(path, { recursive: true });
});

test.each([
  [disk, memory, 'disk'],
  [memory, disk, 'memory'],
])(
  "a dead-letter topic is created in its origin's engine, whatever it asks for",
  async (origin, other, storage) => {
    await store.createTopic('a', origin);
    expect(await store.createTopic('a.dead', { ...other, maxMessages: 7 })).toMatchObject({
      policy: { ...other, maxMessages: 7, storage },
    });
    await store.createTopic('b', { ...origin, deadLetterTopic: 'failures' });
    expect(await store.createTopic('failures', other)).toMatchObject({ policy: { storage } });
  },
);

test.each([
  [disk, memory, 'Topic a is for the memory engine, and its dead-letter topic a.dead for lmdb'],
  [memory, disk, 'Topic a is for the lmdb engine, and its dead-letter topic a.dead for memory'],
])('a topic is refused when its dead-letter topic is in the other engine', async (first, second, text) => {
  await store.createTopic('a.dead', first);
  await expect(store.createTopic('a', second)).rejects.toEqual(refused(text));
  expect(store.describe('a')).toBeUndefined();
  expect(await store.createTopic('a', first)).toMatchObject({ policy: first });
  expect(await store.createTopic('a', second)).toMatchObject({ policy: first });
});

test('a policy is refused that names a dead-letter topic in the other engine', async () => {
  await store.createTopic('failures', memory);
  const policy = { ...disk, deadLetterTopic: 'failures' };
  await expect(store.createTopic('a', policy)).rejects.toEqual(refused('failures'));
  await store.createTopic('a', disk);
  await expect(store.updateTopic('a', policy)).rejects.toEqual(refused('failures'));
  expect(store.describe('a')!.policy).toEqual(disk);
  await expect(store.updateTopic('unknown', disk)).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
  await store.createTopic('b', memory);
  expect(await store.updateTopic('b', { ...memory, deadLetterTopic: 'failures' })).toMatchObject({
    name: 'b',
  });
});

test('topics of both engines cannot share a dead-letter topic, also before it is made', async () => {
  await store.createTopic('a', { ...disk, deadLetterTopic: 'failures' });
  const other = { ...memory, deadLetterTopic: 'failures' };
  await expect(store.createTopic('b', other)).rejects.toEqual(refused('failures'));
  await store.updateTopic('a', disk);
  await store.createTopic('b', other);
  await store.deleteTopic('b');
  await store.updateTopic('a', { ...disk, deadLetterTopic: 'failures' });
});

test('an update that fails leaves its dead letters where they were', async () => {
  await store.createTopic('a', disk);
  const other = { ...disk, compact: true, deadLetterTopic: 'failures' };
  await expect(store.updateTopic('a', other)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  expect(await store.createTopic('failures', memory)).toMatchObject({ policy: memory });
  expect(await store.createTopic('a.dead', memory)).toMatchObject({ policy: disk });
});

test('a dead-letter topic that an engine has made keeps its engine, also after a restart', async () => {
  const full = { maxMessages: 1, overflow: 'dead-letter', deadLetterTopic: 'failures' } as const;
  await store.createTopic('a', { ...memory, ...full });
  await store.append('a', batchOf(['1', '2']));
  expect(await store.take('failures', 1)).toMatchObject({ firstSequence: 1 });
  await store.deleteTopic('a');
  await expect(store.createTopic('b', { ...disk, ...full })).rejects.toEqual(refused('failures'));
  expect(await store.createTopic('failures.dead', disk)).toMatchObject({ policy: disk });
  await store.close();
  await open();
  await expect(store.createTopic('b', { ...disk, ...full })).rejects.toEqual(refused('failures'));
});

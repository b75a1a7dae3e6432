import { DEFAULT_TOPIC_POLICY, type TopicPolicy } from '@pochta/protocol';
import {
  ManualClock,
  type AckOperation,
  type AppendOperation,
  type GroupMember,
} from '@pochta/storage-contract';
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
const append = (topic: string, text: string): AppendOperation => ({
  kind: 'append',
  topic,
  messages: batchOf([text]),
});
const ack = (member: GroupMember): AckOperation => ({ kind: 'ack', member, sequences: [1] });

let path: string;
let store: RoutedStore;

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'pochta-'));
  const clock = new ManualClock();
  const main = new LmdbStore({ path, clock });
  store = new RoutedStore({ main, memory: new MemoryStore({ ledger: main.ledger, clock }) });
  await store.open();
  await store.createTopic('disk', disk);
  await store.createTopic('memory', memory);
});
afterEach(async () => {
  await store.close();
  rmSync(path, { recursive: true });
});

async function consumer(topic: string) {
  const group = await store.openGroup(topic, 'g', {});
  const member = group.join({ onReady: () => undefined, onClosed: () => undefined });
  await member.fetch(10, 1000);
  return member;
}

test('a transaction that touches a memory topic is refused, and nothing of it happens', async () => {
  const parts = [append('disk', '1'), append('memory', '2')];
  await expect(store.transact(parts)).rejects.toEqual(refused('memory'));
  await store.append('memory', batchOf(['x']));
  const member = await consumer('memory');
  const acks = [append('disk', '1'), ack(member)];
  await expect(store.transact(acks)).rejects.toEqual(refused('another engine'));
  expect(store.describe('disk')).toMatchObject({ messages: 0 });
  expect(member.inFlight).toBe(1);
  await member.ack([1]);
  expect(member.inFlight).toBe(0);
});

test('a transaction comes behind what was asked before for its topics, also for an engine that changes', async () => {
  await store.append('disk', batchOf(['1']));
  const member = await consumer('disk');
  const results = await Promise.all([
    store.deleteTopic('memory'),
    store.createTopic('memory', disk),
    store.createTopic('new', disk),
    store.append('memory', batchOf(['2'])),
    store.transact([append('new', '3'), ack(member), append('memory', '4')]),
    store.append('new', batchOf(['5'])),
  ]);
  expect(results[3]).toMatchObject({ firstSequence: 1 });
  expect(store.describe('memory')).toMatchObject({ nextSequence: 3, policy: { storage: 'disk' } });
  expect(results[5]).toMatchObject({ firstSequence: 2 });
  expect(member.inFlight).toBe(0);
});

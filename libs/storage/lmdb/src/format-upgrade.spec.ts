import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import { ManualClock } from '@pochta/storage-contract';
import { batchOf, messagesOf, numbered, readOn, textsOf, until } from '@pochta/storage-contract/testing';
import { open } from 'lmdb';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { META } from './data-keys';
import { LmdbStore } from './lmdb-store';

/** A data file as the first format's last version wrote it. */
const FIRST = join(__dirname, '../fixtures/format-1.mdb.gz');
/** As the second format was first written. */
const SECOND = join(__dirname, '../fixtures/format-2.mdb.gz');

let path: string;
let store: LmdbStore;
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'pochta-'));
  writeFileSync(join(path, 'data.mdb'), gunzipSync(readFileSync(FIRST)));
  store = await opened();
});
afterEach(async () => {
  await store.close();
  rmSync(path, { recursive: true });
});

/** Soon after the file was written, by the clock of a test. */
async function opened(): Promise<LmdbStore> {
  const next = new LmdbStore({ path, clock: new ManualClock() });
  await next.open();
  return next;
}

async function reopened(): Promise<void> {
  await store.close();
  store = await opened();
}

async function readFrom(topic: string, sequence: number) {
  const { batches, holes } = await readOn(await store.openReader(topic, { sequence }));
  return { texts: textsOf(batches), holes, batches };
}

/** JSON strings, as the file has them. */
const strings = (texts: readonly string[]): string[] => texts.map((text) => JSON.stringify(text));
const HELD = strings([...numbered(40, 'a').slice(21), ...numbered(30, 'b')]);

test.each(['first', 'second'])(
  'holds what it held, with defaults for what is new in policies: %s start',
  async (start) => {
    if (start === 'second') await reopened();
    expect([...store.topics()].sort()).toEqual(['jobs', 'orders']);
    expect(store.describe('orders')).toEqual({
      name: 'orders',
      policy: { ...DEFAULT_TOPIC_POLICY, maxMessages: 50, overflow: 'drop-oldest' },
      epoch: '9b4deb15',
      firstSequence: 22,
      nextSequence: 71,
      messages: 49,
      bytes: 235,
      delayed: 0,
      delayedBytes: 0,
      groups: 0,
    });
    expect(store.describe('jobs')).toMatchObject({
      policy: DEFAULT_TOPIC_POLICY,
      epoch: 'db66895e',
      messages: 5,
      nextSequence: 6,
    });
    const orders = await readFrom('orders', 22);
    expect(orders.texts).toEqual(HELD);
    expect(orders.holes).toEqual([]);
    const [first, last] = [orders.batches[0], orders.batches.at(-1)!];
    expect(last.timestamp).toBe(first.timestamp + 1000);
    expect(first.messages.attributes?.slice(0, 2)).toEqual([
      { key: 'k21', headers: { h: 'v21' } },
      undefined,
    ]);
    expect((await readFrom('jobs', 1)).texts).toEqual(strings(numbered(5, 'j')));
  },
);

test('knows why messages are gone', async () => {
  expect((await readFrom('orders', 1)).holes).toEqual([{ from: 1, to: 21, reason: 'overflow' }]);
  expect((await readFrom('orders', 21)).holes).toEqual([{ from: 21, to: 21, reason: 'taken' }]);
});

test('remembers message ids, deleted topics, and topics of another engine', async () => {
  expect(await store.append('orders', batchOf(['again', 'new'], ['a-39', 'a-40']))).toMatchObject({
    firstSequence: 71,
    stored: 1,
    repeats: 1,
  });
  expect(await store.createTopic('gone', DEFAULT_TOPIC_POLICY)).toMatchObject({ nextSequence: 4 });
  expect([...store.ledger.entries()]).toEqual([
    {
      name: 'ticks',
      policy: { ...DEFAULT_TOPIC_POLICY, storage: 'memory' },
      epoch: 'abcd1234',
      nextSequence: 77,
    },
  ]);
});

test('what is appended goes on, with all that is new', async () => {
  await store.append('orders', messagesOf('x', ['y', { priority: 3 }], ['z', { ttl: 60_000 }]));
  expect(store.describe('orders')).toMatchObject({ firstSequence: 24, nextSequence: 74, messages: 50 });
  expect(textsOf([(await store.take('orders', 1))!])).toEqual(['y']);
  await store.append('jobs', messagesOf(['later', { deliverAt: Number.MAX_SAFE_INTEGER }]));
  await reopened();
  expect(store.describe('orders')).toMatchObject({ firstSequence: 24, nextSequence: 74, messages: 49 });
  const { texts, holes } = await readFrom('orders', 24);
  expect(texts).toEqual([...HELD.slice(2), 'x', 'z']);
  expect(holes).toEqual([{ from: 72, to: 72, reason: 'taken' }]);
  expect(store.describe('jobs')).toMatchObject({ messages: 5, delayed: 1 });
});

test('what it holds can expire by a limit that it did not know', async () => {
  await store.updateTopic('orders', { ...DEFAULT_TOPIC_POLICY, maxAge: 1000 });
  await until(() => store.describe('orders')!.messages === 30);
  expect(store.describe('orders')).toMatchObject({ firstSequence: 41, nextSequence: 71 });
});

test('a data file of the second format goes on, through all of its topic being replaced', async () => {
  await store.close();
  writeFileSync(join(path, 'data.mdb'), gunzipSync(readFileSync(SECOND)));
  store = await opened();
  expect(store.describe('orders')).toMatchObject({ firstSequence: 5531, nextSequence: 6031, messages: 500 });
  expect(store.describe('jobs')).toMatchObject({ firstSequence: 1, nextSequence: 4, messages: 2 });
  expect((await readFrom('jobs', 1)).texts).toEqual(['a', 'c']);
  const long = (text: string): string => text.padEnd(100, '.');
  const held = [55, 56, 57, 58, 59].flatMap((round) => numbered(100, `${round}-`).map(long));
  expect((await readFrom('orders', 5531)).texts).toEqual([...held.slice(30), ...numbered(30, 'last-')]);
  for (let round = 0; round < 20; round++) await store.append('orders', batchOf(numbered(100, 'new-')));
  await reopened();
  expect(store.describe('orders')).toMatchObject({ firstSequence: 7531, nextSequence: 8031, messages: 500 });
  const texts = Array.from({ length: 5 }, () => numbered(100, 'new-')).flat();
  expect((await readFrom('orders', 7531)).texts).toEqual(texts);
});

test('a format that is newer than this one is refused', async () => {
  await store.close();
  const file = open<Buffer, Buffer>({ path, noSubdir: false, keyEncoding: 'binary', encoding: 'binary' });
  expect(file.getBinary(META.version)?.toString()).toBe('3');
  await file.put(META.version, Buffer.from('4'));
  await file.close();
  const next = new LmdbStore({ path });
  await expect(next.open()).rejects.toMatchObject({ code: 'DATA_VERSION_UNSUPPORTED' });
});

import { ManualClock } from '@pochta/storage-contract';
import { batchOf, messagesOf, numbered, StoreFixture } from '@pochta/storage-contract/testing';
import { open } from 'lmdb';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KIND } from './data-keys';
import { LmdbStore } from './lmdb-store';

const MIB = 1 << 20;

let folder: string;
let path: string;
let fixture: StoreFixture;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pochta-'));
  path = join(folder, 'data');
  fixture = fixtureOf(path);
  await fixture.open();
});
afterEach(async () => {
  await fixture.remove();
  rmSync(folder, { recursive: true });
});

function fixtureOf(place: string): StoreFixture {
  return new StoreFixture({ create: () => new LmdbStore({ path: place, clock: new ManualClock() }) }, {});
}

/** The batches whose values are in a data file that is not open. */
async function valuesIn(place: string): Promise<number> {
  const file = open<Buffer, Buffer>({
    path: place,
    noSubdir: false,
    keyEncoding: 'binary',
    encoding: 'binary',
  });
  const count = file.getKeysCount({ start: Buffer.of(KIND.batch), end: Buffer.of(KIND.batch + 1) });
  await file.close();
  return count;
}

/** A store over the data file as it is at this moment: what a crash would leave. */
async function crashed(): Promise<{ readonly place: string; readonly after: StoreFixture }> {
  const place = join(folder, 'crashed');
  mkdirSync(place);
  copyFileSync(join(path, 'data.mdb'), join(place, 'data.mdb'));
  const after = fixtureOf(place);
  await after.open();
  return { place, after };
}

async function appendEach({ store }: StoreFixture, texts: readonly string[]): Promise<void> {
  for (const text of texts) await store.append('a', batchOf([text]));
}

/** Publishes so many messages of 100 bytes: bursts of 100, 20 of them in a commit. */
async function publish(count: number): Promise<void> {
  const burst = batchOf(Array.from({ length: 100 }, () => 'p'.repeat(100)));
  for (let left = count / 2000; left > 0; left--) {
    await Promise.all(Array.from({ length: 20 }, () => fixture.store.append('a', burst)));
  }
}

test('the file of a full topic levels off, however often all of the topic is replaced', async () => {
  await fixture.topic('a', { maxMessages: 50_000, overflow: 'drop-oldest' });
  await publish(150_000);
  const once = statSync(join(path, 'data.mdb')).size;
  await publish(350_000);
  // It grows by steps of somewhat more than 4 MiB.
  expect(statSync(join(path, 'data.mdb')).size - once).toBeLessThan(5 * MIB);
  expect(fixture.store.describe('a')).toMatchObject({ messages: 50_000, firstSequence: 450_001 });
});

test('what is removed from a full topic is freed, but for a MiB or 256 batches', async () => {
  await fixture.topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
  await appendEach(fixture, numbered(400));
  const { place, after } = await crashed();
  await after.remove();
  await fixture.store.close();
  expect(await valuesIn(place)).toBeLessThanOrEqual(266);
  expect(await valuesIn(path)).toBe(10);
  await fixture.open();
});

test('a crash before what is gone was removed: it stays gone, and is removed by the next run', async () => {
  await fixture.topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
  await appendEach(fixture, numbered(100));
  const { place, after } = await crashed();
  expect(after.store.describe('a')).toMatchObject({ messages: 10, firstSequence: 91 });
  expect(await after.held('a')).toEqual(numbered(100).slice(-10));
  await appendEach(after, ['more']);
  await after.store.close();
  expect(await valuesIn(place)).toBe(10);
  await after.open();
  expect(await after.held('a')).toEqual([...numbered(100).slice(-9), 'more']);
  await after.remove();
});

test('a crash when the front is within a batch: the batch stays, and those before it go', async () => {
  await fixture.topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
  for (let round = 0; round < 5; round++) await fixture.append('a', ...numbered(7, `${round}-`));
  const { place, after } = await crashed();
  const held = [...numbered(7, '3-').slice(-3), ...numbered(7, '4-')];
  expect(await after.held('a')).toEqual(held);
  await after.restart();
  expect(await after.held('a')).toEqual(held);
  await after.remove();
  expect(await valuesIn(place)).toBe(2);
});

test('a crash of a topic that was emptied from the front leaves nothing', async () => {
  await fixture.topic('a', {});
  await appendEach(fixture, numbered(20));
  for (let left = 20; left > 0; left--) await fixture.store.take('a', 1);
  const { place, after } = await crashed();
  expect(await after.held('a')).toEqual([]);
  await after.remove();
  expect(await valuesIn(place)).toBe(0);
});

test.each(['purged', 'deleted', 'purged and filled again'])(
  'removals that wait do no harm to a topic that is %s',
  async (what) => {
    await fixture.topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
    await appendEach(fixture, numbered(50));
    if (what === 'deleted') {
      await fixture.store.deleteTopic('a');
      await fixture.topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
    } else await fixture.store.purge('a');
    const again = what === 'purged and filled again' ? numbered(300, 'again') : [];
    await appendEach(fixture, again);
    await fixture.restart();
    expect(await fixture.held('a')).toEqual(again.slice(-10));
    await fixture.store.close();
    expect(await valuesIn(path)).toBe(Math.min(10, again.length));
    await fixture.open();
  },
);

test('what is put and pushed out in one commit with a purge is removed', async () => {
  await fixture.topic('a', { maxMessages: 10, overflow: 'drop-oldest' });
  await appendEach(fixture, numbered(50));
  const { store } = fixture;
  await Promise.all([store.purge('a'), ...numbered(20).map((text) => store.append('a', batchOf([text])))]);
  await store.close();
  expect(await valuesIn(path)).toBe(10);
  await fixture.open();
  expect(await fixture.held('a')).toEqual(numbered(20).slice(-10));
});

test('batches that go from the middle are removed, while the first one stays', async () => {
  await fixture.topic('a', { compact: true });
  await fixture.append('a', 'stays');
  for (const text of numbered(20)) await fixture.store.append('a', messagesOf([text, { key: 'k' }]));
  const { place, after } = await crashed();
  expect(await after.held('a')).toEqual(['stays', '19']);
  await after.remove();
  expect(await valuesIn(place)).toBe(2);
});

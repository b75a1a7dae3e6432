import { MessageBatch, type MessageAttributes } from '@pochta/protocol';
import {
  batchOf,
  messagesOf,
  numbered,
  readOn,
  RecordingListener,
  StoreFixture,
  tailsTold,
  textsOf,
} from '@pochta/storage-contract/testing';
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from './lmdb-store';

let path: string;
let fixture: StoreFixture;
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'pochta-'));
  fixture = new StoreFixture(
    {
      create: (clock) => new LmdbStore({ path, clock }),
      remove: () => rmSync(path, { recursive: true }),
    },
    { maxMessages: 100_000 },
  );
  await fixture.open();
});
afterEach(() => fixture.remove());

const MIB = 1 << 20;

const long = (text: string): string => text.padEnd(100, '.');
const TEXTS = numbered(1000).map(long);

/** The texts, each with the attributes for its index. */
function withAttributes(attributes: (index: number) => MessageAttributes | undefined): MessageBatch {
  return messagesOf(
    ...TEXTS.map((text, index): string | [string, MessageAttributes] => {
      const own = attributes(index);
      return own === undefined ? text : [text, own];
    }),
  );
}

async function readAll() {
  const { batches } = await readOn(await fixture.store.openReader('a', 'earliest'), 10_000, 1 << 24);
  return {
    texts: textsOf(batches),
    attributes: batches.flatMap(({ messages }) =>
      Array.from({ length: messages.count }, (_, index) => messages.attributes?.[index]),
    ),
    batches: batches.length,
    timestamps: new Set(batches.map(({ timestamp }) => timestamp)),
  };
}

describe.each([
  ['small', 0],
  ['large', 65 * MIB],
])('in a %s data file', (_, size) => {
  beforeEach(async () => {
    await fixture.store.close();
    const file = join(path, 'data.mdb');
    truncateSync(file, Math.max(size, statSync(file).size));
    await fixture.open();
  });

  test('a large batch is in one value, or in many of a page each', async () => {
    await fixture.topic('a');
    await fixture.store.append('a', batchOf(TEXTS));
    const { batches } = await readAll();
    if (size === 0) expect(batches).toBe(1);
    else expect(batches).toBeGreaterThan(25);
  });

  test('a large batch is stored, told and read as one: in order, with one time', async () => {
    await fixture.topic('a');
    const listener = new RecordingListener();
    fixture.store.tail('a', listener);
    expect(await fixture.store.append('a', batchOf(TEXTS))).toMatchObject({ firstSequence: 1, stored: 1000 });
    expect(await fixture.store.append('a', batchOf(['next']))).toMatchObject({ firstSequence: 1001 });
    await tailsTold();
    expect(listener.heard).toEqual([`1: ${TEXTS.join(' ')}`, '1001: next']);
    await fixture.restart();
    const { texts, timestamps } = await readAll();
    expect(texts).toEqual([...TEXTS, 'next']);
    expect(timestamps.size).toBe(1);
    expect(fixture.store.describe('a')).toMatchObject({ messages: 1001, bytes: 100_004, nextSequence: 1002 });
  });

  test('messages keep their attributes, whatever of them there are', async () => {
    await fixture.topic('a');
    const kinds: (MessageAttributes | undefined)[] = [
      undefined,
      { key: 'ключ', headers: { 'a "quoted" name': 'значение', other: '' } },
      { ttl: 60_000, contentType: 'text/plain' },
      { headers: Object.fromEntries(numbered(50).map((name) => [name, 'v'.repeat(100)])) },
    ];
    await fixture.store.append(
      'a',
      withAttributes((index) => kinds[index % kinds.length]),
    );
    await fixture.restart();
    const { texts, attributes } = await readAll();
    expect(texts).toEqual(TEXTS);
    expect(attributes).toEqual(TEXTS.map((_, index) => kinds[index % kinds.length]));
  });

  test('messages of a large batch are found by their priority, oldest first', async () => {
    await fixture.topic('a');
    await fixture.store.append(
      'a',
      withAttributes((index) => (index % 300 === 299 ? { priority: 5 } : undefined)),
    );
    const taken: string[] = [];
    for (let left = 4; left > 0; left--) taken.push(...textsOf([(await fixture.store.take('a', 1))!]));
    expect(taken).toEqual([TEXTS[299], TEXTS[599], TEXTS[899], TEXTS[0]]);
  });

  test('a compacted topic keeps the last message of each key of a large batch', async () => {
    await fixture.topic('a', { compact: true });
    await fixture.store.append(
      'a',
      withAttributes((index) => ({ key: `k${index % 100}` })),
    );
    expect((await readAll()).texts).toEqual(TEXTS.slice(-100));
    await fixture.restart();
    expect((await readAll()).texts).toEqual(TEXTS.slice(-100));
  });

  test('a large batch pushes out its own first messages where the topic is small', async () => {
    await fixture.topic('a', { maxMessages: 150, overflow: 'drop-oldest' });
    for (let round = 0; round < 3; round++) await fixture.store.append('a', batchOf(TEXTS));
    expect(fixture.store.describe('a')).toMatchObject({ messages: 150, firstSequence: 2851 });
    await fixture.restart();
    expect((await readAll()).texts).toEqual(TEXTS.slice(-150));
  });

  test('a full topic takes hardly more of the disk than its messages', async () => {
    await fixture.topic('a', { maxMessages: 50_000, overflow: 'drop-oldest' });
    const bursts = [batchOf(TEXTS), batchOf(TEXTS.slice(0, 100)), batchOf(TEXTS.slice(0, 170))];
    for (let round = 0; round < 120; round++) {
      await Promise.all(bursts.map((burst) => fixture.store.append('a', burst)));
    }
    // The file is made longer by steps of 4 MiB, and has 2 MiB in reserve.
    const grown = Math.max(size, 50_000 * 118 * 1.25 + 7 * MIB);
    expect(statSync(join(path, 'data.mdb')).size).toBeLessThanOrEqual(grown);
  });

  test('attributes that all messages of a batch share take the room of one, and are each message’s when it is read', async () => {
    await fixture.topic('a');
    const shared: MessageAttributes = {
      contentType: 'text/plain',
      headers: { 'a "quoted" name': 'значение' },
    };
    const all = TEXTS.map(() => shared);
    const { count, bytes, ends } = batchOf(TEXTS);
    await fixture.store.append('a', new MessageBatch(count, bytes, ends, all, undefined, shared));
    await fixture.restart();
    const { texts, attributes, batches } = await readAll();
    expect(texts).toEqual(TEXTS);
    expect(attributes).toEqual(all);
    expect(batches).toBeLessThan(30);
  });
});

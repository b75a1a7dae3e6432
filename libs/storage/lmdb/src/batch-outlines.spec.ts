import { MessageBatch, type MessageAttributes } from '@pochta/protocol';
import { ManualClock } from '@pochta/storage-contract';
import { StoreFixture } from '@pochta/storage-contract/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchOutlines } from './batch-outlines';
import { LmdbStore } from './lmdb-store';

let outlines: BatchOutlines;
beforeEach(() => (outlines = new BatchOutlines(3)));

function add(topic: number, firstSequence: number, attributes?: MessageAttributes): void {
  const messages = MessageBatch.of(Buffer.from('12'), attributes);
  outlines.add(topic, { topic: 'a', firstSequence, timestamp: 0, messages });
}

function known(topic: number): number[] {
  return [1, 2, 3, 4].filter((sequence) => outlines.find(topic, sequence) !== undefined);
}

test('a batch is known by its topic and first sequence, until it is gone', () => {
  add(7, 2);
  expect(outlines.find(7, 2)).toEqual({ count: 1, bytes: 2 });
  expect([outlines.find(7, 1), outlines.find(8, 2)]).toEqual([undefined, undefined]);
  outlines.forget(7, 2);
  outlines.forget(7, 2);
  expect(known(7)).toEqual([]);
});

test('no more are kept than there is room for, and more once some have gone', () => {
  add(7, 1);
  add(8, 1);
  add(7, 2);
  add(7, 3);
  expect([known(7), known(8)]).toEqual([[1, 2], [1]]);
  outlines.forget(8, 1);
  add(7, 4);
  expect([known(7), known(8)]).toEqual([[1, 2, 4], []]);
});

test('what a purge does away with is not known, and leaves room', () => {
  add(7, 1);
  add(7, 2);
  add(7, 3);
  outlines.forget(7, 2);
  outlines.forget(9, 2);
  add(7, 4);
  expect(known(7)).toEqual([3, 4]);
});

test('a batch of which records are kept is not known: whoever removes it has to read it', () => {
  add(7, 1, { key: 'k' });
  add(7, 2, { priority: 1 });
  add(7, 3, { ttl: 5 });
  add(7, 4, { contentType: 'text/plain', headers: { a: 'b' } });
  expect(known(7)).toEqual([4]);
});

test('the first of many are found, and what has gone is not, however often all of them are replaced', () => {
  const many = new BatchOutlines();
  const append = (firstSequence: number): void => {
    const messages = MessageBatch.of(Buffer.alloc(firstSequence % 10));
    many.add(7, { topic: 'a', firstSequence, timestamp: 0, messages });
  };
  for (let sequence = 1; sequence <= 500; sequence++) {
    append(sequence);
    if (sequence > 100) many.forget(7, sequence - 100);
    const from = Math.max(1, sequence - 99);
    expect(many.find(7, from)).toEqual({ count: 1, bytes: from % 10 });
    expect(many.find(7, sequence)).toEqual({ count: 1, bytes: sequence % 10 });
    expect([many.find(7, from - 1), many.find(7, sequence + 1)]).toEqual([undefined, undefined]);
  }
});

test('a full topic loses just the oldest, whether their batches go in parts or as wholes, also after a restart', async () => {
  const most = 1500;
  const path = mkdtempSync(join(tmpdir(), 'pochta-'));
  const fixture = new StoreFixture({ create: () => new LmdbStore({ path, clock: new ManualClock() }) }, {});
  await fixture.open();
  await fixture.topic('a', { maxMessages: most, overflow: 'drop-oldest' });
  let next = 1;
  for (const count of [300, 400, 300, 200, 500, 100, 700, 400, 1, 600, 7, 1, 800, 300, 300, 1600, 2]) {
    if (count === 600) await fixture.restart();
    await fixture.append('a', ...Array.from({ length: count }, () => String(next++)));
    const first = Math.max(1, next - most);
    const left = Array.from({ length: next - first }, (_, at) => String(first + at));
    expect(await fixture.held('a')).toEqual(left);
    const numbers = { firstSequence: first, messages: left.length, bytes: left.join('').length };
    expect(fixture.store.describe('a')).toMatchObject(numbers);
  }
  await fixture.remove();
  rmSync(path, { recursive: true });
});

test('a topic that is full of bytes as well loses no empty message more than it has to', async () => {
  const path = mkdtempSync(join(tmpdir(), 'pochta-'));
  const fixture = new StoreFixture({ create: () => new LmdbStore({ path, clock: new ManualClock() }) }, {});
  await fixture.open();
  await fixture.topic('a', { maxMessages: 2000, maxBytes: 1000, overflow: 'drop-oldest' });
  const batchOf = (count: number, text: string): Promise<unknown> =>
    fixture.append('a', ...new Array<string>(count).fill(text));
  const firstSequence = (): number => fixture.store.describe('a')!.firstSequence;
  await batchOf(1000, '');
  await batchOf(1000, '1');
  await batchOf(1, '');
  expect(firstSequence()).toBe(2);
  // As many bytes as the first batch of ones has are lacking once the empty ones are gone.
  await batchOf(1000, '1');
  expect(firstSequence()).toBe(2001);
  await fixture.remove();
  rmSync(path, { recursive: true });
});

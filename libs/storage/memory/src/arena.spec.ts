import { DEFAULT_TOPIC_POLICY, MessageBatch } from '@pochta/protocol';
import { Arena } from './arena';
import { MemoryStore } from './memory-store';

const KIB = 1024;

it('keeps no chunk alive that a batch is a small part of', async () => {
  const store = new MemoryStore({});
  await store.open();
  await store.createTopic('a', DEFAULT_TOPIC_POLICY);
  const chunk = Buffer.alloc(64 * KIB, '7');
  const ends = new Uint32Array(16 * KIB).fill(1, 0, 1);
  await store.append('a', new MessageBatch(1, chunk.subarray(0, 1), ends));
  const reader = await store.openReader('a', 'earliest');
  const [stored] = await reader.fetch(1, 100);
  if (!('messages' in stored)) throw new Error('a hole');
  const { bytes, ends: keptEnds } = stored.messages;
  expect(Buffer.from(bytes).toString()).toBe('7');
  expect(bytes.buffer.byteLength).toBeLessThanOrEqual(4 * KIB);
  expect(keptEnds).toEqual(Uint32Array.of(1));
  await store.close();
});

it('takes little room for a topic that holds little, and few buffers for one that holds much', () => {
  const arena = new Arena();
  const part = Buffer.alloc(100);
  const first = arena.copy(part, 100);
  expect(arena.copy(part, 200).buffer).toBe(first.buffer);
  expect(first.buffer.byteLength).toBe(4 * KIB);
  const held = 16 * KIB * KIB;
  const buffers = new Set(Array.from({ length: 10_000 }, () => arena.copy(part, held).buffer));
  expect(buffers.size).toBeLessThan(10);
});

it('gives what is large a buffer of its own, and what is behind something odd its alignment', () => {
  const arena = new Arena();
  const large = Buffer.alloc(200 * KIB, 'x');
  const copy = arena.copy(large, large.length);
  expect(large.equals(copy)).toBe(true);
  expect(copy.buffer.byteLength).toBe(large.length);
  arena.copy(Buffer.from('odd'), 3);
  expect(arena.copyNumbers(Uint32Array.of(1, 2, 3), 12)).toEqual(Uint32Array.of(1, 2, 3));
});

it('keeps no slab alive for the few messages of a compacted topic that stay', async () => {
  const store = new MemoryStore({});
  await store.open();
  await store.createTopic('a', { ...DEFAULT_TOPIC_POLICY, maxMessages: 100_000, compact: true });
  const text = (n: number) => `"${n} ${'x'.repeat(200)}"`;
  const cold = 300;
  const appends: Promise<unknown>[] = [];
  for (let n = 0; n < cold; n++) {
    appends.push(store.append('a', MessageBatch.of(Buffer.from(text(n)), { key: `cold ${n}` })));
    for (let hot = 0; hot < 50; hot++)
      appends.push(store.append('a', MessageBatch.of(Buffer.from(text(hot)), { key: 'hot' })));
  }
  await Promise.all(appends);
  const reader = await store.openReader('a', 'earliest');
  const buffers = new Set<ArrayBufferLike>();
  const found: string[] = [];
  for (
    let page = await reader.fetch(1000, KIB * KIB);
    page.length > 0;
    page = await reader.fetch(1000, KIB * KIB)
  ) {
    for (const entry of page) {
      if (!('messages' in entry)) continue;
      buffers.add(entry.messages.bytes.buffer);
      found.push(Buffer.from(entry.messages.payload(0)).toString());
    }
  }
  expect(found).toEqual([...Array.from({ length: cold }, (_, n) => text(n)), text(49)]);
  const size = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(size).toBeLessThan(5 * store.describe('a')!.bytes);
  await store.close();
});

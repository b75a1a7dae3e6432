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

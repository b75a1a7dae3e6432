/**
 * A process of its own for the specs. Does transactions until it is killed, several at a time, and writes one line for
 * each that was confirmed. The transaction of a number puts it into topic `x` twice and into `y` once. Argument: data
 * folder.
 */
import { DEFAULT_TOPIC_POLICY, MessageBatch } from '@pochta/protocol';
import { writeSync } from 'node:fs';
import { LmdbStore } from './lmdb-store';

const [path] = process.argv.slice(2);
const policy = { ...DEFAULT_TOPIC_POLICY, maxMessages: 1_000_000 };
/** So that what one transaction writes is spread over several pages. */
const PAYLOAD_BYTES = 3000;

async function transact(store: LmdbStore, number: number): Promise<void> {
  const messages = MessageBatch.of(Buffer.from(String(number).padEnd(PAYLOAD_BYTES)));
  await store.transact(['x', 'y', 'x'].map((topic) => ({ topic, messages })));
  // At once, past all buffers: what was said before a kill was said.
  writeSync(1, `confirmed ${number}\n`);
}

async function run(): Promise<void> {
  const store = new LmdbStore({ path });
  await store.open();
  for (const topic of ['x', 'y']) await store.createTopic(topic, policy);
  for (let next = store.describe('y')!.nextSequence; ; next += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, index) => transact(store, next + index)));
  }
}

void run();

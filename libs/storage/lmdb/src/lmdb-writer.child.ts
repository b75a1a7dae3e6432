/**
 * A process of its own for the specs. Appends batches until it is killed or refused, and writes one line for each
 * that was confirmed. Arguments: data folder, payload bytes.
 */
import { DEFAULT_TOPIC_POLICY, MessageBatch, type PochtaError } from '@pochta/protocol';
import { writeSync } from 'node:fs';
import { LmdbStore } from './lmdb-store';

const [path, payloadBytes] = process.argv.slice(2);
const payload = Buffer.alloc(Number(payloadBytes), 'p');
const policy = { ...DEFAULT_TOPIC_POLICY, maxMessages: 1_000_000 };

/** At once, past all buffers: what was said before a kill was said. */
const say = (line: string): void => void writeSync(1, `${line}\n`);

/** Several at a time, so that a small disk is full soon. */
async function appendUntilFull(store: LmdbStore): Promise<void> {
  const append = async (): Promise<void> => {
    const { firstSequence } = await store.append('a', MessageBatch.of(payload));
    say(`confirmed ${firstSequence}`);
  };
  for (;;) await Promise.all(Array.from({ length: 8 }, append));
}

async function recover(store: LmdbStore): Promise<void> {
  const before = store.describe('a')!;
  const reader = await store.openReader('a', 'earliest');
  const [first] = await reader.fetch(10, 1);
  say(`reads ${'firstSequence' in first ? first.firstSequence : 'a hole'} of ${before.nextSequence - 1}`);
  await store.updateTopic('a', { ...policy, maxMessages: 10, overflow: 'drop-oldest' });
  while (store.describe('a')!.messages > 10) await new Promise((resolve) => setImmediate(resolve));
  say(`purged ${await store.purge('a')}`);
  for (let left = 5; left > 0; left--) {
    const { firstSequence } = await store.append('a', MessageBatch.of(payload));
    say(`again ${firstSequence}`);
  }
}

async function run(): Promise<void> {
  const store = new LmdbStore({ path });
  await store.open();
  await store.createTopic('a', policy);
  try {
    await appendUntilFull(store);
  } catch (error) {
    say(`refused ${(error as PochtaError).code}`);
  }
  await recover(store);
  await store.close();
  say('closed');
}

void run();

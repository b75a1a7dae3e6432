/**
 * A process of its own for the specs. Two groups consume topic `in` until it is killed, several messages at a time. For
 * group `g`, one transaction each acks a message, and puts its sequence into topic `x` twice and into `y` once; group
 * `h` only acks. Writes a line for each that was confirmed. Argument: data folder.
 */
import { DEFAULT_TOPIC_POLICY, MessageBatch, MessageBatchBuilder } from '@pochta/protocol';
import type { GroupMember } from '@pochta/storage-contract';
import { writeSync } from 'node:fs';
import { LmdbStore } from './lmdb-store';

const [path] = process.argv.slice(2);
const policy = { ...DEFAULT_TOPIC_POLICY, maxMessages: 1_000_000 };
const MESSAGES = 5000;
/** So that what one transaction writes is spread over several pages. */
const PAYLOAD_BYTES = 3000;

/** At once, past all buffers: what was said before a kill was said. */
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function fill(store: LmdbStore): Promise<void> {
  const builder = new MessageBatchBuilder();
  for (let count = 0; count < MESSAGES; count++) builder.add(Buffer.of(0), 0, 1);
  await store.append('in', builder.build());
}

async function transact(store: LmdbStore, member: GroupMember, sequence: number): Promise<void> {
  const messages = MessageBatch.of(Buffer.from(String(sequence).padEnd(PAYLOAD_BYTES)));
  const appends = ['x', 'y', 'x'].map((topic) => ({ kind: 'append' as const, topic, messages }));
  await store.transact([...appends, { kind: 'ack', member, sequences: [sequence] }]);
  say(`confirmed ${sequence}`);
}

async function ack(member: GroupMember, sequence: number): Promise<void> {
  await member.ack([sequence]);
  say(`acked ${sequence}`);
}

async function consume(
  store: LmdbStore,
  name: string,
  handle: (member: GroupMember, sequence: number) => Promise<void>,
): Promise<void> {
  const group = await store.openGroup('in', name, {});
  const member = group.join({ onReady: () => undefined, onClosed: () => undefined });
  for (;;) {
    const { deliveries } = await member.fetch(8, 1 << 20);
    if (deliveries.length === 0) return;
    const sequences = deliveries.flatMap(({ batch: { firstSequence, messages } }) =>
      Array.from({ length: messages.count }, (_, index) => firstSequence + index),
    );
    await Promise.all(sequences.map((sequence) => handle(member, sequence)));
  }
}

async function run(): Promise<void> {
  const store = new LmdbStore({ path });
  await store.open();
  for (const topic of ['in', 'x', 'y']) await store.createTopic(topic, policy);
  if (store.describe('in')!.nextSequence === 1) await fill(store);
  await Promise.all([
    consume(store, 'g', (member, sequence) => transact(store, member, sequence)),
    consume(store, 'h', ack),
  ]);
}

void run();

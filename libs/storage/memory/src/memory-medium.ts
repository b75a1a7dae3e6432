import type { StoredBatch } from '@pochta/protocol';
import type { HighWaterMark, TopicLedger } from '@pochta/storage-contract';
import {
  emptyState,
  type HeldTopic,
  type IdRecord,
  type Medium,
  type MediumChanges,
  type TopicRecord,
} from '@pochta/storage-embedded';
import { MemoryChanges } from './memory-changes';
import { MemoryTopic } from './memory-topic';
import { VolatileLedger } from './volatile-ledger';

/** Keeps batches in the memory of the process, and what must outlive it in a ledger. */
export class MemoryMedium implements Medium {
  readonly durable = false;
  readonly #ledger: TopicLedger;
  readonly #topics = new Map<number, MemoryTopic>();
  #lastKey = 0;

  constructor(ledger: TopicLedger = new VolatileLedger()) {
    this.#ledger = ledger;
  }

  open(): Promise<readonly HeldTopic[]> {
    const held = [...this.#ledger.entries()].map(({ name, policy, epoch, nextSequence }) => {
      const record: TopicRecord = { key: ++this.#lastKey, name, policy, epoch };
      this.#topics.set(record.key, new MemoryTopic(record, nextSequence));
      return { record, state: emptyState(nextSequence) };
    });
    return Promise.resolve(held);
  }

  /** Gives back the sequences that were reserved and not given to any message. */
  async close(): Promise<void> {
    const topics = [...this.#topics.values()].filter((topic) => topic.nextSequence < topic.reserved);
    this.#topics.clear();
    if (topics.length === 0) return;
    const put = topics.map((topic) => topic.entry(topic.nextSequence));
    // A ledger that cannot be written any more says more than was given, and that does no harm.
    await this.#ledger.write({ put, drop: [] }).catch(() => undefined);
  }

  begin(): MediumChanges {
    return new MemoryChanges(this.#topics, this.#ledger, () => ++this.#lastKey);
  }

  read(topic: TopicRecord, sequence: number): StoredBatch | undefined {
    return this.#topics.get(topic.key)?.read(sequence);
  }

  readIds(): Iterable<IdRecord> {
    return [];
  }

  record(topic: TopicRecord, key: Buffer): Buffer | undefined {
    return this.#topics.get(topic.key)?.records.get(key.toString('latin1'));
  }

  records(topic: TopicRecord, from: Buffer, to: Buffer, limit = Infinity): [Buffer, Buffer][] {
    const found: [Buffer, Buffer][] = [];
    const records = this.#topics.get(topic.key)?.records;
    records?.forRange(from.toString('latin1'), to.toString('latin1'), false, (key, value) => {
      found.push([Buffer.from(key, 'latin1'), value]);
      return found.length < limit ? undefined : { break: true };
    });
    return found;
  }

  highWaterMark(name: string): HighWaterMark | undefined {
    return this.#ledger.highWaterMark(name);
  }
}

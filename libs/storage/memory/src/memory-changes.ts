import type { Lease, StoredBatch } from '@pochta/protocol';
import type { HighWaterMark, LedgerEntry, TopicLedger } from '@pochta/storage-contract';
import type { MediumChanges, TopicRecord, TopicState } from '@pochta/storage-embedded';
import { ledgerEntry, MemoryTopic } from './memory-topic';

/**
 * Sequences that are reserved at once: after a crash, as many may be skipped; in between, nothing is written.
 * A topic has 2^53 of them.
 */
const RESERVE = 1_000_000;

/** Collects changes, and makes them all at once; first writes to the ledger what must outlive the process. */
export class MemoryChanges implements MediumChanges {
  readonly #topics: Map<number, MemoryTopic>;
  readonly #ledger: TopicLedger;
  readonly #changes: (() => void)[] = [];
  readonly #put = new Map<string, LedgerEntry>();
  readonly #drop = new Map<string, LedgerEntry>();
  /** Of what this commit removes. */
  readonly #gone: Lease[] = [];

  constructor(
    topics: Map<number, MemoryTopic>,
    ledger: TopicLedger,
    readonly newKey: () => number,
  ) {
    this.#topics = topics;
    this.#ledger = ledger;
  }

  putTopic(record: TopicRecord, { nextSequence }: TopicState): void {
    const reserved = this.#topics.get(record.key)?.reserved ?? nextSequence;
    this.#drop.delete(record.name);
    this.#reserve(record, Math.max(reserved, nextSequence));
    this.#changes.push(() => {
      const topic = this.#topics.get(record.key);
      if (topic === undefined) this.#topics.set(record.key, new MemoryTopic(record, nextSequence));
      else topic.record = record;
    });
  }

  dropTopic(record: TopicRecord, mark: HighWaterMark): void {
    this.#put.delete(record.name);
    this.#drop.set(record.name, ledgerEntry(record, mark.nextSequence));
    this.#changes.push(() => this.#topics.delete(record.key));
  }

  putState(record: TopicRecord, { nextSequence }: TopicState): void {
    if (nextSequence > (this.#topics.get(record.key)?.reserved ?? 1)) {
      this.#reserve(record, nextSequence + RESERVE);
    }
    this.#changes.push(() => (this.#topics.get(record.key)!.nextSequence = nextSequence));
  }

  append({ key }: TopicRecord, batch: StoredBatch): void {
    this.#changes.push(() => this.#topics.get(key)!.append(batch));
  }

  remove({ key }: TopicRecord, firstSequence: number): void {
    this.#changes.push(() => this.#topics.get(key)!.remove(firstSequence, this.#gone));
  }

  clear({ key }: TopicRecord, through: number, generation: number): void {
    this.#changes.push(() => this.#topics.get(key)!.clear(through, generation, this.#gone));
  }

  putRecord({ key }: TopicRecord, name: Buffer, value: Buffer | undefined): void {
    this.#changes.push(() => {
      const { records } = this.#topics.get(key)!;
      if (value === undefined) records.delete(name.toString('latin1'));
      else records.set(name.toString('latin1'), value);
    });
  }

  putIds(): void {}
  removeIds(): void {}

  commit(): Promise<void> | void {
    if (this.#put.size === 0 && this.#drop.size === 0) return this.#apply();
    const changes = { put: [...this.#put.values()], drop: [...this.#drop.values()] };
    return this.#ledger.write(changes).then(() => this.#apply());
  }

  told(): void {
    for (const lease of this.#gone) lease.release();
  }

  #reserve(record: TopicRecord, reserved: number): void {
    this.#put.set(record.name, ledgerEntry(record, reserved));
    this.#changes.push(() => {
      const topic = this.#topics.get(record.key);
      if (topic !== undefined) topic.reserved = reserved;
    });
  }

  #apply(): void {
    for (const change of this.#changes) change();
  }
}

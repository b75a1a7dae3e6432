import { errorFor, type ErrorCode, type StoredBatch } from '@pochta/protocol';
import type { Medium, MediumChanges, TopicRecord } from '@pochta/storage-embedded';
import { MemoryMedium } from './memory-medium';

/**
 * A medium that can be made to fail, and to take its time. It counts as durable, so that the engine has transactions.
 */
export class FaultyMedium implements Medium {
  readonly durable = true;
  /** How many commits fail: the next ones, or those behind `failsAfter`. */
  failures = 0;
  /** How many commits are done before some fail. */
  failsAfter = 0;
  /** What they fail with. */
  failure: ErrorCode = 'STORAGE_FAILED';
  /** Messages from this sequence on cannot be read. */
  unreadableFrom = Infinity;
  /** Messages from this sequence on are missing. */
  missingFrom = Infinity;
  /** No record can be read by its key. */
  areRecordsUnreadable = false;
  /** Commits wait for it; without one, they are done at once. */
  gate: Promise<void> | undefined;
  /** Commits that were tried. */
  attempts = 0;
  readonly #inner = new MemoryMedium();

  readonly open = this.#inner.open.bind(this.#inner);
  readonly close = this.#inner.close.bind(this.#inner);
  readonly readIds = this.#inner.readIds.bind(this.#inner);
  readonly records = this.#inner.records.bind(this.#inner);
  readonly highWaterMark = this.#inner.highWaterMark.bind(this.#inner);

  read(topic: TopicRecord, sequence: number): StoredBatch | undefined {
    if (sequence >= this.unreadableFrom) throw errorFor('STORAGE_FAILED');
    return sequence >= this.missingFrom ? undefined : this.#inner.read(topic, sequence);
  }

  record(topic: TopicRecord, key: Buffer): Buffer | undefined {
    if (this.areRecordsUnreadable) throw errorFor('STORAGE_FAILED');
    return this.#inner.record(topic, key);
  }

  begin(): MediumChanges {
    const changes = this.#inner.begin();
    const commit = changes.commit.bind(changes);
    changes.commit = () => {
      this.attempts++;
      if (this.gate === undefined) return this.#commit(commit);
      return this.gate.then(() => this.#commit(commit));
    };
    return changes;
  }

  #commit(commit: () => Promise<void> | void): Promise<void> | void {
    if (this.failures === 0) return commit();
    if (this.failsAfter > 0) {
      this.failsAfter--;
      return commit();
    }
    this.failures--;
    return Promise.reject(errorFor(this.failure));
  }
}

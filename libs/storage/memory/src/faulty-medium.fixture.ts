import { errorFor, type StoredBatch } from '@pochta/protocol';
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
  /** Messages from this sequence on cannot be read. */
  unreadableFrom = Infinity;
  /** Commits wait for it; without one, they are done at once. */
  gate: Promise<void> | undefined;
  /** Commits that were tried. */
  attempts = 0;
  readonly #inner = new MemoryMedium();

  readonly open = this.#inner.open.bind(this.#inner);
  readonly close = this.#inner.close.bind(this.#inner);
  readonly readIds = this.#inner.readIds.bind(this.#inner);
  readonly record = this.#inner.record.bind(this.#inner);
  readonly records = this.#inner.records.bind(this.#inner);
  readonly highWaterMark = this.#inner.highWaterMark.bind(this.#inner);

  read(topic: TopicRecord, sequence: number): StoredBatch | undefined {
    if (sequence >= this.unreadableFrom) throw errorFor('STORAGE_FAILED');
    return this.#inner.read(topic, sequence);
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
    return Promise.reject(errorFor('STORAGE_FULL'));
  }
}

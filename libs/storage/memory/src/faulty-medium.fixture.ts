import { errorFor, type StoredBatch } from '@pochta/protocol';
import type { Medium, MediumChanges, TopicRecord } from '@pochta/storage-embedded';
import { MemoryMedium } from './memory-medium';

/** A medium whose commits can be made to fail; it counts as durable, so that the engine has transactions. */
export class FaultyMedium implements Medium {
  readonly durable = true;
  /** After so many commits, one fails. */
  failsAfter = Infinity;
  /** Messages from this sequence on cannot be read. */
  unreadableFrom = Infinity;
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
      if (this.failsAfter-- > 0) return commit();
      this.failsAfter = Infinity;
      return Promise.reject(errorFor('STORAGE_FULL'));
    };
    return changes;
  }
}

import { lastSequence, type StoredBatch } from '@pochta/protocol';
import type { LogContent } from '../../log/log-content';

/** Batches kept for the groups of one topic: as many positions may be apart without reading a batch again. */
const KEPT = 4;

/** The committed batches that the groups of a topic have read last. */
export class BatchCache {
  readonly #content: LogContent;
  readonly #batches: StoredBatch[] = [];

  constructor(content: LogContent) {
    this.#content = content;
  }

  /** The batch that holds, or held, a sequence; `undefined` when a commit that is under way has just removed it. */
  read(sequence: number): StoredBatch | undefined {
    for (const batch of this.#batches) {
      if (batch.firstSequence <= sequence && sequence <= lastSequence(batch)) return batch;
    }
    const batch = this.#content.read(sequence);
    // What is not committed may not come to be, and its sequences be given to others.
    if (batch === undefined || lastSequence(batch) >= this.#content.state.nextSequence) return batch;
    this.#batches.unshift(batch);
    if (this.#batches.length > KEPT) this.#batches.pop();
    return batch;
  }

  clear(): void {
    this.#batches.length = 0;
  }
}

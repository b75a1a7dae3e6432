import type { MessageAttributes, StoredBatch } from '@pochta/protocol';
import type { BatchOutline } from '@pochta/storage-embedded';

/** Batches whose outlines are kept, of all topics together: about 100 bytes of memory each. */
const MOST = 32_768;

/**
 * Outlines of batches that were appended in this run: a full topic removes one for each that comes, and would have to
 * read its value from the data file, which costs more than to append one. What is not among them is read.
 */
export class BatchOutlines {
  /** By topic key, and by first sequence. */
  readonly #topics = new Map<number, Map<number, BatchOutline>>();
  readonly #most: number;
  #count = 0;

  /** `most`: so many are kept; what comes when there are as many is not. */
  constructor(most = MOST) {
    this.#most = most;
  }

  find(topic: number, firstSequence: number): BatchOutline | undefined {
    return this.#topics.get(topic)?.get(firstSequence);
  }

  /** Keeps the batch's outline, unless more than that is to be known when it is removed. */
  add(topic: number, { firstSequence, messages }: StoredBatch): void {
    if (this.#count === this.#most || messages.hasAttributes(areNoted)) return;
    let outlines = this.#topics.get(topic);
    if (outlines === undefined) this.#topics.set(topic, (outlines = new Map()));
    outlines.set(firstSequence, { count: messages.count, bytes: messages.byteLength });
    this.#count++;
  }

  /** The batch is gone. */
  remove(topic: number, firstSequence: number): void {
    const outlines = this.#topics.get(topic);
    if (outlines?.delete(firstSequence) !== true) return;
    this.#count--;
    if (outlines.size === 0) this.#topics.delete(topic);
  }

  /** All batches of the topic through this sequence are gone. */
  clear(topic: number, through: number): void {
    for (const firstSequence of this.#topics.get(topic)?.keys() ?? [])
      if (firstSequence <= through) this.remove(topic, firstSequence);
  }
}

/** Those that records are kept of, which go with the batch. */
function areNoted({ priority, key, ttl }: MessageAttributes): boolean {
  return priority !== undefined || key !== undefined || ttl !== undefined;
}

import type { MessageAttributes, StoredBatch } from '@pochta/protocol';
import type { BatchOutline } from '@pochta/storage-embedded';
import { OutlineRing } from './outline-ring';

/** Batches whose outlines are kept, of all topics together: about 24 bytes of memory each, twice that while they grow. */
const MOST = 65_536;

/**
 * Outlines of batches that were appended in this run: a full topic removes one for each that comes, and would have to
 * read its value from the data file, which costs more than to append one. What is not among them is read.
 */
export class BatchOutlines {
  /** By topic key. */
  readonly #topics = new Map<number, OutlineRing>();
  readonly #most: number;
  #count = 0;

  /** `most`: so many are kept; what comes when there are as many is not. */
  constructor(most = MOST) {
    this.#most = most;
  }

  find(topic: number, firstSequence: number): BatchOutline | undefined {
    return this.#topics.get(topic)?.find(firstSequence);
  }

  /** Keeps the batch's outline, unless more than that is to be known when it is removed. */
  add(topic: number, { firstSequence, messages }: StoredBatch): void {
    if (this.#count === this.#most || messages.hasAttributes(areNoted)) return;
    let outlines = this.#topics.get(topic);
    if (outlines === undefined) this.#topics.set(topic, (outlines = new OutlineRing()));
    outlines.push(firstSequence, messages.count, messages.byteLength);
    this.#count++;
  }

  /** Batches of the topic are gone that begin with this sequence or before it: few are left that are not. */
  forget(topic: number, through: number): void {
    const outlines = this.#topics.get(topic);
    if (outlines === undefined) return;
    this.#count -= outlines.forget(through);
    if (outlines.length === 0) this.#topics.delete(topic);
  }
}

/** Those that records are kept of, which go with the batch. */
function areNoted({ priority, key, ttl }: MessageAttributes): boolean {
  return priority !== undefined || key !== undefined || ttl !== undefined;
}

import { lastSequence } from '@pochta/protocol';
import type { OutgoingBatch } from '../outgoing-batch';

/**
 * Bytes that one topic's cache may cost. Fixed, since it only keeps one topic from taking what is there for all: enough
 * for a moment in which a socket is full (a window of 20,000 messages of any usual size). Who falls further behind
 * is as well off with pages from the store. What memory the broker may use is said by `maxHeadBytes`.
 */
const MAX_TOPIC_BYTES = 16 * 1024 * 1024;
/** What a batch costs beside its payloads, and each of its messages, with their encodings. */
const BATCH_COST = 512;
const MESSAGE_COST = 128;

/** What the caches of all topics may cost together. */
export class HeadBudget {
  #used = 0;

  constructor(
    /** Bytes. */
    private readonly limit: number,
  ) {}

  take(bytes: number): boolean {
    if (this.#used + bytes > this.limit) return false;
    this.#used += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

/**
 * The last batches of a topic, with their encodings, for subscriptions that were held back a moment ago: so what they
 * missed is neither read nor encoded again. What does not fit goes, oldest first, and is read from the store.
 */
export class HeadCache {
  /** Ascending; there may be holes between them. */
  #batches: OutgoingBatch[] = [];
  #bytes = 0;

  constructor(private readonly budget: HeadBudget) {}

  /** Takes in the batch that was committed last. */
  add(outgoing: OutgoingBatch): void {
    const cost = costOf(outgoing);
    while (this.#bytes + cost > MAX_TOPIC_BYTES && this.#batches.length > 0) this.#dropOldest();
    while (!this.budget.take(cost)) {
      if (this.#batches.length === 0) return;
      this.#dropOldest();
    }
    this.#bytes += cost;
    outgoing.shareOnly();
    outgoing.hold();
    this.#batches.push(outgoing);
  }

  /** The batch that the sequence is in. */
  at(sequence: number): OutgoingBatch | undefined {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastSequence(this.#batches[middle].batch) < sequence) low = middle + 1;
      else high = middle;
    }
    const found = this.#batches.at(low);
    return found !== undefined && found.batch.firstSequence <= sequence ? found : undefined;
  }

  /** Lets go of what is not to be delivered any more. */
  dropThrough(sequence: number): void {
    while (this.#batches.length > 0 && this.#batches[0].batch.firstSequence <= sequence) this.#dropOldest();
  }

  clear(): void {
    this.budget.giveBack(this.#bytes);
    this.#bytes = 0;
    for (const outgoing of this.#batches) outgoing.release();
    this.#batches = [];
  }

  #dropOldest(): void {
    const oldest = this.#batches.shift()!;
    oldest.release();
    const cost = costOf(oldest);
    this.#bytes -= cost;
    this.budget.giveBack(cost);
  }
}

/**
 * Payloads count twice: a codec whose frames cannot be sent from where the payloads lie makes them anew. Where they lie,
 * they keep all of their buffer alive, which may be a chunk of a socket with much else in it.
 */
function costOf({ batch: { messages } }: OutgoingBatch): number {
  const { byteLength, footprint, count } = messages;
  return BATCH_COST + byteLength + footprint + MESSAGE_COST * count;
}

import { lastSequence, type StoredBatch } from '@pochta/protocol';

/** Payload bytes that are kept of all topics together. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A batch that costs more than this is not kept. */
const MAX_BATCH = 1024 * 1024;
/** What a batch costs beside its payloads, and each of its messages. */
const BATCH_COST = 256;
const MESSAGE_COST = 8;

/**
 * The batch that was read last, of the topics that were read last: who takes one message after another need not read and
 * decode the whole batch for each. Batches never change, and none gets the sequences of one that is gone.
 */
export class RecentBatches {
  /** By topic key, in the order they were read. */
  readonly #batches = new Map<number, StoredBatch>();
  #bytes = 0;

  /** The batch that holds, or held, the sequence. */
  find(topic: number, sequence: number): StoredBatch | undefined {
    const batch = this.#batches.get(topic);
    if (batch === undefined) return undefined;
    return batch.firstSequence <= sequence && sequence <= lastSequence(batch) ? batch : undefined;
  }

  keep(topic: number, batch: StoredBatch): void {
    this.#drop(topic);
    if (cost(batch) > MAX_BATCH) return;
    this.#batches.set(topic, batch);
    this.#bytes += cost(batch);
    for (const oldest of this.#batches.keys()) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#drop(oldest);
    }
  }

  #drop(topic: number): void {
    const batch = this.#batches.get(topic);
    if (batch === undefined) return;
    this.#batches.delete(topic);
    this.#bytes -= cost(batch);
  }
}

function cost({ messages }: StoredBatch): number {
  return BATCH_COST + messages.byteLength + messages.count * MESSAGE_COST;
}

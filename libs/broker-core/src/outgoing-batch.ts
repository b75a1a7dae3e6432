import {
  fromSequence,
  type FrameEncoder,
  type Lease,
  type PushStyle,
  type StoredBatch,
} from '@pochta/protocol';

/** What a peer is sent of a batch. */
export interface Encoding {
  /** To be sent one behind the other. */
  readonly pieces: readonly Uint8Array[];
  /** Of the memory that some of them lie in: to be held until they are sent, or kept. */
  readonly lease?: Lease;
}

/**
 * A stored batch on its way to subscriptions. Its encodings are made once for all subscriptions that speak the same
 * codec in the same style; they live as long as this, not as long as the batch.
 */
export class OutgoingBatch {
  readonly #encodings = new Map<string, Encoding>();
  #sharedOnly = false;

  constructor(
    readonly batch: StoredBatch,
    /** For a member of a consumer group: how often each of its messages has been delivered, this time included. */
    readonly deliveryCount?: number,
  ) {}

  /** From now on only encodings that many subscriptions share are kept: this lives on. */
  shareOnly(): void {
    this.#sharedOnly = true;
    for (const key of this.#encodings.keys()) if (key.includes(' ')) this.#encodings.delete(key);
  }

  /** The payloads stay as they are until they are released as often as they are held. */
  hold(): void {
    this.batch.messages.lease?.hold();
  }

  release(): void {
    this.batch.messages.lease?.release();
  }

  /** To be called while the batch is held: by the log that tells of it, by its reader, or by `hold`. */
  encoded(encoder: FrameEncoder, style: PushStyle): Encoding {
    const key = style.meta ? `${encoder.name} ${style.group ?? ''} ${style.subscription}` : encoder.name;
    let encoding = this.#encodings.get(key);
    if (encoding === undefined) {
      const { lease } = this.batch.messages;
      const pieces = encoder.pushes(this.batch, style, this.deliveryCount);
      // Small ones, and those of codecs whose frames must be made anew, are copies.
      const isLent = lease !== undefined && pieces.some(({ buffer }) => buffer === lease.bytes.buffer);
      encoding = { pieces, lease: isLent ? lease : undefined };
      if (!style.meta || !this.#sharedOnly) this.#encodings.set(key, encoding);
    }
    return encoding;
  }

  /** The part from `sequence` on; `undefined` when there is none. */
  from(sequence: number): OutgoingBatch | undefined {
    const rest = fromSequence(this.batch, sequence);
    return rest === this.batch ? this : rest && new OutgoingBatch(rest, this.deliveryCount);
  }
}

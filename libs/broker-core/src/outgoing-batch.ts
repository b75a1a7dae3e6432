import { fromSequence, type FrameEncoder, type PushStyle, type StoredBatch } from '@pochta/protocol';

/**
 * A stored batch on its way to subscriptions. Its encodings are made once for all subscriptions that speak the same
 * codec in the same style; they live as long as this, not as long as the batch.
 */
export class OutgoingBatch {
  readonly #encodings = new Map<string, readonly Uint8Array[]>();
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

  encoded(encoder: FrameEncoder, style: PushStyle): readonly Uint8Array[] {
    const key = style.meta ? `${encoder.name} ${style.group ?? ''} ${style.subscription}` : encoder.name;
    let encoding = this.#encodings.get(key);
    if (encoding === undefined) {
      encoding = encoder.pushes(this.batch, style, this.deliveryCount);
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

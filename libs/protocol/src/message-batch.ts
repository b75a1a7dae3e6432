import type { Lease, PayloadMemory } from './payload-memory';

/** What a message carries beside its payload. All fields are optional; most messages have none. */
export interface MessageAttributes {
  /** Free key/value pairs, passed on as they came. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What messages that belong together share: the unit of order in a group and of compaction. */
  readonly key?: string;
  /** 0 (default) to 9, the highest. */
  readonly priority?: number;
  /** ms from when the message is stored until it becomes due. Not together with `deliverAt`. */
  readonly delay?: number;
  /** When the message becomes due, in ms since the epoch. */
  readonly deliverAt?: number;
  /** How long the message lives once it is due, in ms. */
  readonly ttl?: number;
  /** MIME type of the payload; JSON when absent. */
  readonly contentType?: string;
}

/**
 * Messages of one topic that travel together, kept as columns: payloads lie back to back in `bytes`, and there
 * is no object per message. Immutable once built; safe to share between the store and every subscriber.
 */
export class MessageBatch {
  constructor(
    /** Number of messages; at least 1. */
    readonly count: number,
    private readonly payloads: Uint8Array,
    /** `ends[i]` is where payload `i` ends in `bytes`; it starts where `i - 1` ends. Has at least `count` entries. */
    readonly ends: Uint32Array,
    /** One entry a message, or `undefined` when no message of the batch has any. */
    readonly attributes?: readonly (MessageAttributes | undefined)[],
    /** One entry a message, or `undefined` when no message of the batch has one. */
    readonly messageIds?: readonly (string | undefined)[],
    /** The entry of every message in `attributes`, where it is known to be the same one: what is asked of it is asked once. */
    readonly uniform?: MessageAttributes,
    /** Of the memory that the payloads lie in, where that may be used again. */
    readonly lease?: Lease,
  ) {}

  /** A batch of one message. */
  static of(payload: Uint8Array, attributes?: MessageAttributes, messageId?: string): MessageBatch {
    return new MessageBatch(
      1,
      payload,
      Uint32Array.of(payload.length),
      attributes && [attributes],
      messageId === undefined ? undefined : [messageId],
    );
  }

  /**
   * The payloads, back to back, from offset 0. May be longer than what is used: `byteLength` says how much. They stay as
   * they are for as long as anybody looks: their memory is not used again.
   */
  get bytes(): Uint8Array {
    this.lease?.keep();
    return this.payloads;
  }

  /**
   * The same, for who is done with them before their `lease` is released, or holds it meanwhile: then they may be
   * overwritten. Throws when the lease is over.
   */
  get lentBytes(): Uint8Array {
    this.lease?.check();
    return this.payloads;
  }

  /** Bytes of the whole buffer that the payloads keep alive. */
  get footprint(): number {
    return this.payloads.buffer.byteLength;
  }

  /** Bytes of all payloads. */
  get byteLength(): number {
    return this.ends[this.count - 1];
  }

  start(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1];
  }

  end(index: number): number {
    return this.ends[index];
  }

  /** Whether a message has such attributes; messages without any are not asked. */
  hasAttributes(are: (attributes: MessageAttributes) => boolean): boolean {
    if (this.uniform !== undefined) return are(this.uniform);
    return this.attributes?.some((of) => of !== undefined && are(of)) ?? false;
  }

  /** A view of one payload; not a copy. */
  payload(index: number): Uint8Array {
    return this.bytes.subarray(this.start(index), this.ends[index]);
  }

  /** Messages `from` up to, but without, `to`, as a batch of their own. Shares the payload bytes. */
  slice(from: number, to: number = this.count): MessageBatch {
    if (from === 0 && to === this.count) return this;
    const base = this.start(from);
    const ends = new Uint32Array(to - from);
    for (let i = from; i < to; i++) ends[i - from] = this.ends[i] - base;
    return new MessageBatch(
      to - from,
      this.bytes.subarray(base, this.ends[to - 1]),
      ends,
      this.attributes?.slice(from, to),
      this.messageIds?.slice(from, to),
      this.uniform,
    );
  }

  /** The same messages and the same bytes, but for their ids. */
  withoutIds(): MessageBatch {
    if (this.messageIds === undefined) return this;
    const { count, payloads, ends, attributes, uniform, lease } = this;
    return new MessageBatch(count, payloads, ends, attributes, undefined, uniform, lease);
  }

  /** The same messages, with a copy of the payloads. */
  copied(memory?: PayloadMemory): MessageBatch {
    const { count, byteLength, ends, attributes, messageIds, uniform } = this;
    const lease = memory?.lease(byteLength);
    const room = lease?.bytes ?? Buffer.allocUnsafeSlow(byteLength);
    room.set(this.lentBytes.subarray(0, byteLength));
    const bytes = room.subarray(0, byteLength);
    return new MessageBatch(count, bytes, ends, attributes, messageIds, uniform, lease);
  }

  /** The messages at `indices` (ascending), as a batch of their own. Copies the payloads. */
  select(indices: readonly number[]): MessageBatch {
    const builder = new MessageBatchBuilder();
    for (const index of indices) {
      builder.add(
        this.bytes,
        this.start(index),
        this.ends[index],
        this.attributes?.[index],
        this.messageIds?.[index],
      );
    }
    return builder.build();
  }
}

const INITIAL_BYTES = 4096;
const INITIAL_COUNT = 32;
const ADOPTED_COUNT = 512;

/** Collects messages into one batch: payloads are copied into one growing buffer. */
export class MessageBatchBuilder {
  #count = 0;
  #used = 0;
  #bytes: Buffer;
  #ends = new Uint32Array(INITIAL_COUNT);
  #attributes: (MessageAttributes | undefined)[] | undefined;
  #messageIds: (string | undefined)[] | undefined;
  #lease: Lease | undefined;
  /** What `adopt` was called with: `#bytes` holds a copy of it from `#origin` on. */
  #adopted: Uint8Array | undefined;
  #origin = 0;

  /** Room is made for `capacity` payload bytes at first, in `memory` if there is one; it grows as needed. */
  constructor(
    capacity: number = INITIAL_BYTES,
    private readonly memory?: PayloadMemory,
  ) {
    this.#bytes = this.#newRoom(capacity);
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#used;
  }

  /** Takes `source[start, end)` in as the next payload: by a copy, or by a move when `source` is adopted. */
  add(
    source: Uint8Array,
    start: number,
    end: number,
    attributes?: MessageAttributes,
    messageId?: string,
  ): void {
    if (this.#count === this.#ends.length) this.#growEnds(this.#count * 2);
    if (source === this.#adopted) {
      this.#bytes.copyWithin(this.#used, start - this.#origin, end - this.#origin);
    } else {
      const needed = this.#used + end - start;
      if (this.#adopted !== undefined || needed > this.#bytes.length)
        this.#growBytes(Math.max(2 * this.#used, needed));
      this.#bytes.set(source.subarray(start, end), this.#used);
    }
    this.#used += end - start;
    if (attributes !== undefined)
      (this.#attributes ??= new Array(this.#count).fill(undefined))[this.#count] = attributes;
    else if (this.#attributes !== undefined) this.#attributes[this.#count] = undefined;
    if (messageId !== undefined)
      (this.#messageIds ??= new Array(this.#count).fill(undefined))[this.#count] = messageId;
    else if (this.#messageIds !== undefined) this.#messageIds[this.#count] = undefined;
    this.#ends[this.#count++] = this.#used;
  }

  /**
   * Copies all of `source` from `start` on at once: payloads that are added from there, in ascending order, are then
   * moved together, which is quicker than to copy each of them. Worth it when most of what follows will be added.
   */
  adopt(source: Uint8Array, start: number): void {
    const used = this.#used;
    this.#growBytes(used + source.length - start);
    this.#bytes.set(source.subarray(start), used);
    this.#adopted = source;
    this.#origin = start - used;
    if (this.#ends.length < ADOPTED_COUNT) this.#growEnds(ADOPTED_COUNT);
  }

  /** The batch of all that was added. The builder must not be used afterwards: the batch owns its buffers. */
  build(): MessageBatch {
    // A batch that uses little of what it has adopted would keep all of that from being freed.
    if (this.#adopted !== undefined && 2 * this.#used < this.#bytes.length) this.#growBytes(this.#used);
    return new MessageBatch(
      this.#count,
      this.#bytes.subarray(0, this.#used),
      this.#ends.subarray(0, this.#count),
      this.#attributes,
      this.#messageIds,
      undefined,
      this.#lease,
    );
  }

  #growBytes(size: number): void {
    const [bytes, lease] = [this.#bytes, this.#lease];
    this.#bytes = this.#newRoom(size);
    this.#bytes.set(bytes.subarray(0, this.#used));
    this.#adopted = undefined;
    lease?.discard();
  }

  #newRoom(size: number): Buffer {
    this.#lease = this.memory?.lease(size);
    return this.#lease?.bytes ?? Buffer.allocUnsafeSlow(size);
  }

  #growEnds(size: number): void {
    const grown = new Uint32Array(size);
    grown.set(this.#ends.subarray(0, this.#count));
    this.#ends = grown;
  }
}

/**
 * A batch as stored: its messages have the sequences `firstSequence`, `firstSequence + 1`, and so on, without a
 * hole, and one time for all.
 */
export interface StoredBatch {
  readonly topic: string;
  /** Sequence of the first message. */
  readonly firstSequence: number;
  /** When the batch was stored, in ms since the epoch. */
  readonly timestamp: number;
  readonly messages: MessageBatch;
}

/** Sequence of the last message of a stored batch. */
export function lastSequence(batch: StoredBatch): number {
  return batch.firstSequence + batch.messages.count - 1;
}

/** The part of a stored batch from `sequence` on; `undefined` when it holds none of those. */
export function fromSequence(batch: StoredBatch, sequence: number): StoredBatch | undefined {
  const skip = sequence - batch.firstSequence;
  if (skip <= 0) return batch;
  if (skip >= batch.messages.count) return undefined;
  return { ...batch, firstSequence: sequence, messages: batch.messages.slice(skip) };
}

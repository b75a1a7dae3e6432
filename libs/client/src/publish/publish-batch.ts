import {
  MessageBatch,
  wireLength,
  type ClientFrameEncoder,
  type MessageAttributes,
  type PochtaError,
} from '@pochta/protocol';
import type { Deadline } from '../deadlines';

/** Bytes of payload above which a batch takes no more messages. */
const FULL_BYTES = 256 * 1024;
/** Messages, likewise. */
const FULL_COUNT = 4096;
/** A UTF-16 unit takes at most three bytes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** One publish's way back to its caller. Called once. */
export interface PublishSlot {
  confirmed(): void;
  failed(error: PochtaError): void;
}

/**
 * A promise's `resolve` is a slot too, and that of most: of thousands that are under way at once, each object more is one
 * that the garbage collector carries along. It is given a promise that is rejected when the publish has failed.
 */
export type Slot = PublishSlot | ((failure?: Promise<never>) => void);

/**
 * Publishes of one turn to one topic, until each is confirmed or has failed. Payloads are written straight into one
 * growing buffer; it is encoded anew for each connection, without what has been settled meanwhile.
 */
export class PublishBatch {
  /** The next batch in the order of the wire. */
  next: PublishBatch | undefined;
  /** Whether it was handed to a socket, on this or an earlier connection. */
  everWritten = false;
  /** How many of its publishes are answered, on this or an earlier connection. */
  answers = 0;
  /** When an unconfirmed publish of it becomes `OUTCOME_UNKNOWN`. */
  deadline: Deadline | undefined;
  readonly #slots: (Slot | undefined)[] = [];
  /** The numbers of its messages, which are their ids, behind the client's prefix; but for those whose callers gave one. */
  readonly #numbers: number[] = [];
  #ownIds: (string | undefined)[] | undefined;
  #attributes: (MessageAttributes | undefined)[] | undefined;
  #bytes: Buffer;
  #ends = new Uint32Array(8);
  #used = 0;
  /** Publishes neither confirmed nor failed. */
  #open = 0;
  /** Indices on the wire, when that is not simply all of them. */
  #wire: readonly number[] | undefined;
  /** How many of those on the wire are answered. */
  #answered = 0;

  constructor(
    readonly topic: string,
    /** Ascending in the order of the wire. */
    readonly number: number,
    /** Bytes that room is made for at first; it grows as needed. */
    room: number,
  ) {
    this.#bytes = Buffer.allocUnsafe(Math.max(512, room));
  }

  get count(): number {
    return this.#slots.length;
  }

  get byteLength(): number {
    return this.#used;
  }

  get full(): boolean {
    return this.#used >= FULL_BYTES || this.count >= FULL_COUNT;
  }

  /** Publishes neither confirmed nor failed. */
  get open(): number {
    return this.#open;
  }

  /** Publishes on the wire whose answer has not come. */
  get awaited(): number {
    return (this.#wire?.length ?? this.count) - this.#answered;
  }

  /** Bytes of its largest message that is still open, on the wire. */
  get largest(): number {
    let largest = 0;
    for (let i = 0; i < this.count; i++) if (this.#slots[i]) largest = Math.max(largest, this.#size(i));
    return largest;
  }

  /** Adds a message; returns its index. */
  add(
    payload: string | Uint8Array,
    slot: Slot,
    messageNumber: number,
    attributes?: MessageAttributes,
    messageId?: string,
  ): number {
    const index = this.count;
    this.#reserve(typeof payload === 'string' ? payload.length * MAX_BYTES_PER_UNIT : payload.length);
    if (typeof payload === 'string') this.#used += this.#bytes.write(payload, this.#used);
    else {
      this.#bytes.set(payload, this.#used);
      this.#used += payload.length;
    }
    if (index === this.#ends.length) {
      const grown = new Uint32Array(index * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[index] = this.#used;
    this.#slots.push(slot);
    this.#numbers.push(messageNumber);
    if (attributes !== undefined) (this.#attributes ??= [])[index] = attributes;
    else if (this.#attributes !== undefined) this.#attributes[index] = undefined;
    if (messageId !== undefined) (this.#ownIds ??= [])[index] = messageId;
    this.#open++;
    return index;
  }

  /** Gives up on one publish; false when it is settled already. */
  abandon(index: number, error: PochtaError): boolean {
    const slot = this.#slots[index];
    if (slot === undefined) return false;
    this.#settle(index);
    if (typeof slot === 'function') slot(Promise.reject(error));
    else slot.failed(error);
    return true;
  }

  /** Gives up on all that are open. */
  fail(error: PochtaError): void {
    for (let i = 0; i < this.count; i++) this.abandon(i, error);
  }

  /** Gives up on the largest. */
  failLargest(error: PochtaError): void {
    const largest = this.largest;
    for (let i = 0; i < this.count; i++)
      if (this.#slots[i] && this.#size(i) === largest) return void this.abandon(i, error);
  }

  /** The next `count` on the wire are confirmed; there must be as many awaited. */
  confirm(count: number): void {
    this.answers += count;
    for (const end = this.#answered + count; this.#answered < end; this.#answered++) {
      const index = this.#wire === undefined ? this.#answered : this.#wire[this.#answered];
      const slot = this.#slots[index];
      if (slot === undefined) continue;
      this.#settle(index);
      if (typeof slot === 'function') slot();
      else slot.confirmed();
    }
  }

  /** The next one on the wire is refused. */
  refuse(error: PochtaError): void {
    const index = this.#wire === undefined ? this.#answered : this.#wire[this.#answered];
    this.#answered++;
    this.answers++;
    this.abandon(index, error);
  }

  /** Nothing of it goes on the wire now: all its publishes are settled. */
  leaveOut(): void {
    this.#wire = [];
    this.#answered = 0;
  }

  /** The frames that go on the wire now: of the publishes still open. At least one must be. */
  encode(encoder: ClientFrameEncoder, prefix: string): Uint8Array {
    this.everWritten = true;
    this.#answered = 0;
    const isWhole = this.#open === this.count;
    this.#wire = isWhole ? undefined : [...this.#slots.keys()].filter((index) => this.#slots[index]);
    const messages = this.#messages(prefix);
    const part = this.#wire === undefined ? messages : messages.select(this.#wire);
    if (this.#ownIds !== undefined) return encoder.publishes(this.topic, part);
    const numbers = this.#wire?.map((index) => this.#numbers[index]) ?? this.#numbers;
    return encoder.publishes(this.topic, part, undefined, { prefix, numbers });
  }

  /** All its messages, with their ids where these are not just the numbers. */
  #messages(prefix: string): MessageBatch {
    const own = this.#ownIds;
    const messageIds = own && this.#numbers.map((number, index) => own[index] ?? prefix + number);
    const bytes = this.#bytes.subarray(0, this.#used);
    return new MessageBatch(this.count, bytes, this.#ends, this.#attributes, messageIds);
  }

  #settle(index: number): void {
    this.#slots[index] = undefined;
    this.#open--;
  }

  #size(index: number): number {
    const length = this.#ends[index] - (index === 0 ? 0 : this.#ends[index - 1]);
    return wireLength(length, this.#attributes?.[index]?.contentType);
  }

  #reserve(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}

import { randomBytes } from 'node:crypto';
import { errorFor, type MessageAttributes, type PochtaError } from '@pochta/protocol';
import type { ClientCodec } from '../connection/codec';
import type { Connection } from '../connection/connection';
import type { Deadlines } from '../deadlines';
import { Linger } from './linger';
import type { PreparedPublish, PublishPlace } from './prepared-publish';
import { PublishBatch, type Slot } from './publish-batch';

/** Bytes encoded for one write; more waits for the socket to drain. */
const WRITE_BYTES = 1024 * 1024;
/** Bytes of a publish frame beside payload, topic and headers: more than any has. */
const ENVELOPE_BYTES = 1024;

export interface PublisherOptions {
  readonly codec: ClientCodec;
  readonly deadlines: Deadlines;
  readonly maxUnconfirmedBytes: number;
  readonly maxUnconfirmed: number;
  /** ms that a publish waits for others; 0: until the turn ends. */
  readonly linger: number;
  /** ms. */
  readonly resendWindow: number;
  readonly maxFrameBytes: number;
  /** Called when there is something to write. */
  readonly onPending: () => void;
}

interface FlushWaiter {
  /** Number of the last batch that is waited for. */
  readonly upTo: number;
  readonly done: () => void;
}

/**
 * The unconfirmed publishes, in the order of the wire: first those written on this connection, whose answers come in
 * just that order, so that they need no ids; then those not written yet. After a reconnect all of them are written
 * again, in the same order and with the same message ids, by which the broker knows the repeats.
 */
export class Publisher {
  /** Of the message ids: with a number behind it, one is unlike any other. */
  readonly #prefix = `${randomBytes(8).toString('base64url')}-`;
  #published = 0;
  #bytes = 0;
  #count = 0;
  #head: PublishBatch | undefined;
  #tail: PublishBatch | undefined;
  /** First batch that this connection has not been given. */
  #unwritten: PublishBatch | undefined;
  /** The batches of this turn, which still take messages. */
  readonly #filling = new Map<string, PublishBatch>();
  /** Publishes written on this connection, and answered on it. */
  #written = 0;
  #answered = 0;
  #batches = 0;
  #waiters: FlushWaiter[] = [];
  #pinged: number | undefined;
  readonly #linger: Linger;

  constructor(private readonly options: PublisherOptions) {
    this.#linger = new Linger(options.linger, options.onPending);
  }

  /** Publishes whose confirm, or refusal, is awaited. */
  get unconfirmed(): number {
    return this.#count;
  }

  /** Why this many more cannot be taken; `undefined` when they can. */
  refusal(count: number, bytes: number): PochtaError | undefined {
    const { maxUnconfirmed, maxUnconfirmedBytes } = this.options;
    if (this.#count + count > maxUnconfirmed) {
      return errorFor('BUFFER_FULL', `More than ${maxUnconfirmed} publishes would be unconfirmed`);
    }
    if (this.#bytes + bytes > maxUnconfirmedBytes) {
      return errorFor(
        'BUFFER_FULL',
        `More than ${maxUnconfirmedBytes} bytes of publishes would be unconfirmed`,
      );
    }
    return undefined;
  }

  /** Whether a message without headers fits in a frame, however its payload is encoded. */
  surelyFits(payload: string | Uint8Array): boolean {
    return payload.length * 3 + ENVELOPE_BYTES <= this.options.maxFrameBytes;
  }

  /** Throws `FRAME_TOO_LARGE`. */
  checkSize({ topic, payload, attributes, messageId = '' }: PreparedPublish): void {
    const { codec, maxFrameBytes } = this.options;
    const { headers, contentType } = attributes ?? {};
    if (headers === undefined && this.surelyFits(payload)) return;
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    const extra = Buffer.byteLength(JSON.stringify([topic, headers, messageId, contentType]));
    if (codec.wireLength(bytes, contentType) + extra + ENVELOPE_BYTES <= maxFrameBytes) return;
    throw errorFor(
      'FRAME_TOO_LARGE',
      `The message must leave room for its envelope in ${maxFrameBytes} bytes`,
    );
  }

  /** Takes a publish that `refusal` and `checkSize` have nothing against. */
  add(publish: PreparedPublish, slot: Slot): PublishPlace {
    const { topic, payload, attributes, messageId } = publish;
    const batch = this.#batchFor(topic);
    return { batch, index: this.#addTo(batch, payload, slot, attributes, messageId) };
  }

  /** As `add`, for a publish with nothing but its payload, of which nobody asks where it is. */
  addPlain(topic: string, payload: string, slot: Slot): void {
    this.#addTo(this.#batchFor(topic), payload, slot);
  }

  #addTo(
    batch: PublishBatch,
    payload: string | Uint8Array,
    slot: Slot,
    attributes?: MessageAttributes,
    messageId?: string,
  ): number {
    const before = batch.byteLength;
    const index = batch.add(payload, slot, ++this.#published, attributes, messageId);
    this.#bytes += batch.byteLength - before;
    this.#count++;
    if (batch.full) {
      this.#filling.delete(batch.topic);
      this.#linger.hurry();
    }
    return index;
  }

  freshMessageId(): string {
    return this.#prefix + ++this.#published;
  }

  /** Gives up on a publish; one that was not written yet will not be. */
  abandon({ batch, index }: PublishPlace, error: PochtaError): void {
    batch.abandon(index, error);
    if (batch.open === 0 && batch.everWritten === false) this.#removeSettled();
  }

  /** Hands what is not written yet to the connection: all of it, or as much as one write should have. */
  writeTo(connection: Connection, limit = WRITE_BYTES): void {
    if (limit === Infinity) this.#linger.end();
    if (this.#linger.running) return;
    const { encoder } = this.options.codec;
    let bytes = 0;
    while (this.#unwritten !== undefined && bytes < limit) {
      const batch = this.#unwritten;
      this.#unwritten = batch.next;
      if (this.#filling.get(batch.topic) === batch) this.#filling.delete(batch.topic);
      if (batch.open === 0) {
        batch.leaveOut();
        continue;
      }
      const encoded = batch.encode(encoder, this.#prefix);
      batch.deadline ??= this.options.deadlines.after(this.options.resendWindow, () => this.#expire(batch));
      this.#written += batch.awaited;
      bytes += encoded.length;
      connection.queue(encoded);
    }
  }

  /** Whether something is still to be written. */
  get pending(): boolean {
    return this.#unwritten !== undefined && !this.#linger.running;
  }

  /** The oldest `count` publishes on the wire are confirmed. False when there are not so many: nothing can be trusted. */
  confirm(count: number): boolean {
    this.#answered += count;
    while (count > 0) {
      const batch = this.#oldestAwaited();
      if (batch === undefined) return false;
      const now = Math.min(count, batch.awaited);
      this.#count -= now;
      batch.confirm(now);
      count -= now;
      if (batch.awaited === 0) this.#removeSettled();
    }
    return true;
  }

  /** The oldest `count` publishes on the wire are refused; likewise. */
  refuse(error: PochtaError, count = 1): boolean {
    for (let left = count; left > 0; left--) {
      const batch = this.#oldestAwaited();
      if (batch === undefined) return false;
      this.#answered++;
      this.#count--;
      batch.refuse(error);
      if (batch.awaited === 0) this.#removeSettled();
    }
    return true;
  }

  /** The broker found a frame too large and did not say which: the largest is, for certain, if it has more than `above`. */
  refuseLargest(error: PochtaError, above: number): boolean {
    let largest: PublishBatch | undefined;
    for (let batch = this.#head; batch !== this.#unwritten; batch = batch!.next) {
      if (batch!.largest > (largest?.largest ?? above)) largest = batch;
    }
    largest?.failLargest(error);
    return largest !== undefined;
  }

  /** Remembers what is on the wire ahead of a ping. */
  markPing(): void {
    this.#pinged = this.#written;
  }

  /** The pong is here: false when a publish written ahead of the ping is still without its answer. */
  checkPong(): boolean {
    return this.#pinged === undefined || this.#answered >= this.#pinged;
  }

  /** The connection is gone: what is unconfirmed is to be written to the next one. */
  connectionLost(): void {
    this.#written = 0;
    this.#answered = 0;
    this.#pinged = undefined;
    this.#linger.end();
    this.#filling.clear();
    this.#unwritten = this.#head;
    this.#removeSettled();
  }

  /** Fails everything: `OUTCOME_UNKNOWN` for what was written, the given error for what was not. */
  close(unwritten: PochtaError): void {
    for (let batch = this.#head; batch !== undefined; batch = batch.next) {
      batch.deadline?.cancel();
      batch.fail(batch.everWritten ? errorFor('OUTCOME_UNKNOWN') : unwritten);
    }
    this.#linger.end();
    this.#head = this.#tail = this.#unwritten = undefined;
    this.#filling.clear();
    this.#count = this.#bytes = 0;
    this.#tellFlushed();
  }

  /** Calls back once all publishes made so far are settled; returns a function that takes the wish back. */
  whenFlushed(done: () => void): () => void {
    this.#filling.clear();
    this.#linger.hurry();
    const waiter = { upTo: this.#batches, done };
    this.#waiters.push(waiter);
    this.#removeSettled();
    return () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    };
  }

  #batchFor(topic: string): PublishBatch {
    const filling = this.#filling.get(topic);
    if (filling !== undefined) return filling;
    const batch = new PublishBatch(topic, ++this.#batches, this.#tail?.byteLength ?? 0);
    if (this.#tail === undefined) this.#head = batch;
    else this.#tail.next = batch;
    this.#tail = batch;
    this.#filling.set(topic, batch);
    if (this.#unwritten === undefined) {
      this.#unwritten = batch;
      this.#linger.begin();
    }
    return batch;
  }

  #oldestAwaited(): PublishBatch | undefined {
    this.#removeSettled();
    for (let batch = this.#head; batch !== this.#unwritten; batch = batch!.next)
      if (batch!.awaited > 0) return batch;
    return undefined;
  }

  /** Lets go of the batches at the head that nothing is awaited of any more. */
  #removeSettled(): void {
    while (this.#head !== undefined && this.#head.open === 0) {
      const batch = this.#head;
      const onWire = batch !== this.#unwritten;
      if (onWire && batch.awaited > 0) break;
      if (!onWire) this.#unwritten = batch.next;
      this.#head = batch.next;
      if (this.#head === undefined) this.#tail = undefined;
      if (this.#filling.get(batch.topic) === batch) this.#filling.delete(batch.topic);
      batch.deadline?.cancel();
      this.#bytes -= batch.byteLength;
      this.#count -= batch.count - batch.answers;
    }
    if (this.#waiters.length > 0) this.#tellFlushed();
  }

  #tellFlushed(): void {
    const settled = (waiter: FlushWaiter) => this.#head === undefined || this.#head.number > waiter.upTo;
    const done = this.#waiters.filter(settled);
    this.#waiters = this.#waiters.filter((waiter) => !settled(waiter));
    for (const waiter of done) waiter.done();
  }

  #expire(batch: PublishBatch): void {
    batch.fail(errorFor('OUTCOME_UNKNOWN', 'The resend window passed before the confirm'));
    this.#removeSettled();
  }
}

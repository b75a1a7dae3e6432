import { Unanswered } from './unanswered';
import type { Taken } from './wire';

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const ZERO = 0x30;
const SEQUENCE = Buffer.from('"sequence":');
/** Digits of the largest sequence, 2 ** 53 - 1, and a comma. */
const SEQUENCE_BYTES = 17;
/** Where the lines of deliveries and of answers differ: `{"type":"push"` and `{"status":`. */
const KIND_AT = 2;
const DELIVERY = 't'.charCodeAt(0);

/** The texts of a group in JSON lines. */
export interface GroupTexts {
  /** How the answer to a subscribe begins. */
  readonly subscribed: string;
  /** How every delivery begins; its sequence comes behind that. */
  readonly delivery: string;
  /** An ack is the head, sequences with commas between them, and the tail. */
  readonly ackHead: string;
  readonly ackTail: string;
  readonly acked: string;
}

/**
 * Reads what a member of a group is sent, without making strings or objects of it: it finds the sequence in each
 * delivery, copies its digits into one ack for the whole chunk, and counts the answers to acks. Whatever else comes
 * is an error, and so is a sequence that is not the next one: a run that loses or repeats a message is no result.
 */
export class DeliveryScanner {
  readonly #unanswered = new Unanswered();
  #rest: Buffer | undefined;
  #last = 0;
  #delivered = 0;
  #settled = 0;
  #ack: Buffer;
  #ackEnd = 0;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  readonly #acked: Buffer;
  readonly #subscribed: Buffer;
  readonly #deliveryBytes: number;

  constructor(texts: GroupTexts) {
    this.#head = Buffer.from(texts.ackHead);
    this.#tail = Buffer.from(texts.ackTail);
    this.#acked = Buffer.from(texts.acked);
    this.#subscribed = Buffer.from(texts.subscribed);
    this.#deliveryBytes = Buffer.byteLength(texts.delivery);
    this.#ack = this.#head;
  }

  take(chunk: Buffer): Taken {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#begin(data.length);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      if (data[start + KIND_AT] === DELIVERY) this.#delivery(data, start, end);
      else this.#answer(data.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = start < data.length ? data.subarray(start) : undefined;
    const [delivered, settled] = [this.#delivered, this.#settled];
    if (delivered === 0) return { delivered, settled };
    this.#unanswered.sent(delivered);
    return { delivered, settled, send: this.#endAck() };
  }

  #delivery(data: Buffer, start: number, end: number): void {
    const found = data.indexOf(SEQUENCE, start + this.#deliveryBytes);
    if (found === -1 || found > end) throw new Error(`unexpected: ${data.toString('utf8', start, end)}`);
    let sequence = 0;
    if (this.#delivered++ > 0) this.#ack[this.#ackEnd++] = COMMA;
    for (let at = found + SEQUENCE.length; data[at] >= ZERO; at++) {
      this.#ack[this.#ackEnd++] = data[at];
      sequence = sequence * 10 + data[at] - ZERO;
    }
    if (this.#last !== 0 && sequence !== this.#last + 1)
      throw new Error(`sequence ${sequence} was delivered after ${this.#last}`);
    this.#last = sequence;
  }

  #answer(line: Buffer): void {
    if (line.equals(this.#acked)) this.#settled += this.#unanswered.answered();
    else if (!line.subarray(0, this.#subscribed.length).equals(this.#subscribed))
      throw new Error(`the broker answered ${line.toString()}`);
  }

  /** Each ack has a buffer of its own, since the socket may still hold the one before. */
  #begin(dataBytes: number): void {
    const most = Math.ceil(dataBytes / this.#deliveryBytes) * SEQUENCE_BYTES;
    this.#ack = Buffer.allocUnsafe(this.#head.length + most + this.#tail.length);
    this.#ackEnd = this.#head.copy(this.#ack);
    this.#delivered = 0;
    this.#settled = 0;
  }

  #endAck(): Buffer {
    this.#ackEnd += this.#tail.copy(this.#ack, this.#ackEnd);
    return this.#ack.subarray(0, this.#ackEnd);
  }
}

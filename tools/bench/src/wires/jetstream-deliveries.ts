import { lineEnd, MESSAGE, payloadLength, PING } from './nats';
import { RecordWalk } from './record-walk';
import { excerpt, isAt, type Taken } from './wire';

const ZERO = 0x30;
const DOT = 0x2e;
const SPACE = 0x20;
const CRLF_BYTES = 2;
/** More than the line of a message and the message's end have. */
const ROOM = 512;

/** `explicit`: each message has an ack of its own. `all`: an ack is of all before as well. */
export type AckPolicy = 'explicit' | 'all';

/**
 * Reads what a pull consumer is sent. The subject to ack a message at says how often it was delivered, and its number
 * in the stream: `$JS.ACK.<stream>.<consumer>.<deliveries>.<number>.…`; one that is not the first delivery, or not of the
 * next message, is an error. Half of what it may have unacked is asked for again as soon as as many have come.
 */
export class JetstreamDeliveries {
  readonly #walk = new RecordWalk(
    (bytes, at) => this.#begin(bytes, at),
    () => this.#end(),
  );
  /** How the line of a message begins, up to its number in the stream. */
  readonly #lineHead: Buffer;
  /** Up to the subject to ack it at. */
  readonly #subjectAt: number;
  /** Where the subject is of the message under way; no message when `undefined`. */
  #line: Buffer | undefined;
  #subject = 0;
  #subjectEnd = 0;
  #last = 0;
  #delivered = 0;
  #asked: number;
  #acks = Buffer.alloc(0);
  #acksEnd = 0;

  constructor(
    topic: string,
    consumer: string,
    private readonly policy: AckPolicy,
    /** Asks for so many messages more. */
    private readonly pull: { readonly bytes: Buffer; readonly messages: number },
  ) {
    const message = `MSG ${topic} 2 `;
    this.#lineHead = Buffer.from(`${message}$JS.ACK.${topic}.${consumer}.1.`);
    this.#subjectAt = message.length;
    this.#asked = 2 * pull.messages;
  }

  take(chunk: Buffer): Taken {
    this.#delivered = 0;
    // An ack is shorter than what it is of, all but the first of which is in this chunk.
    this.#acks = Buffer.allocUnsafe(chunk.length + ROOM + this.pull.bytes.length);
    this.#acksEnd = 0;
    this.#walk.walk(chunk);
    const delivered = this.#delivered;
    if (delivered === 0) return { delivered, settled: 0 };
    this.#asked -= delivered;
    const pulls = [];
    for (; this.#asked <= this.pull.messages; this.#asked += this.pull.messages) pulls.push(this.pull.bytes);
    return { delivered, settled: 0, send: Buffer.concat([this.#acks.subarray(0, this.#acksEnd), ...pulls]) };
  }

  #begin(bytes: Buffer, at: number): number {
    const end = lineEnd(bytes, at);
    if (end === -1) return 0;
    if (bytes[at] === PING) return end - at;
    if (bytes[at] !== MESSAGE) throw new Error(`JetStream sent ${excerpt(bytes, at)}`);
    const head = this.#lineHead;
    if (!isAt(head, bytes, at))
      throw new Error(`JetStream sent again, or something else: ${excerpt(bytes, at)}`);
    let number = 0;
    let next = at + head.length;
    for (; bytes[next] !== DOT; next++) number = number * 10 + bytes[next] - ZERO;
    if (this.#last !== 0 && number !== this.#last + 1)
      throw new Error(`message ${number} was delivered after ${this.#last}`);
    this.#last = number;
    this.#line = bytes;
    this.#subject = at + this.#subjectAt;
    this.#subjectEnd = bytes.indexOf(SPACE, next);
    return end - at + payloadLength(bytes, end) + CRLF_BYTES;
  }

  #end(): void {
    if (this.#line === undefined) return;
    this.#delivered++;
    if (this.policy === 'all') this.#acksEnd = 0;
    this.#acksEnd += this.#acks.write('PUB ', this.#acksEnd, 'latin1');
    this.#acksEnd += this.#line.copy(this.#acks, this.#acksEnd, this.#subject, this.#subjectEnd);
    this.#acksEnd += this.#acks.write(' 0\r\n\r\n', this.#acksEnd, 'latin1');
    this.#line = undefined;
  }
}

import { RecordWalk } from './record-walk';
import { command } from './redis-pub-sub';
import { Unanswered } from './unanswered';
import { excerpt, GROUP, type Taken } from './wire';

const NEWLINE = 0x0a;
const ZERO = 0x30;
const INTEGER = ':'.charCodeAt(0);
const ARRAY = '*'.charCodeAt(0);
const READ = '1'.charCodeAt(0);
const ENTRY = '2'.charCodeAt(0);
/** In front of an entry's id, which is a string: `*2\r\n`, and of that string its length: `$15\r\n`. */
const ARRAY_BYTES = 4;
const LENGTH_BYTES = 5;
const CRLF_BYTES = 2;

/**
 * Reads what a consumer of a stream's group is answered: entries to its read, and how many it has acked. When a read is
 * answered, one command acks all its entries, and the next read goes with it.
 */
export class StreamEntries {
  /** Waits for one entry, and takes as many as there are. */
  readonly read: Buffer;
  readonly #unanswered = new Unanswered();
  readonly #walk = new RecordWalk(
    (bytes, at) => this.#begin(bytes, at),
    () => this.#end(),
  );
  /** An ack behind the number of its words, up to the ids. */
  readonly #ackHead: string;
  /** How the answer to a read begins; the number of entries comes behind that. */
  readonly #answerHead: string;
  /** Of an entry, behind its id. */
  readonly #restBytes: number;
  /** Ids as an ack has them. */
  #ids: Buffer[] = [];
  /** Entries of the answer under way that are still to come. */
  #missing = 0;
  #settled = 0;

  constructor(topic: string, payload: string, prefetch: number) {
    this.read = Buffer.from(
      command(
        ...['XREADGROUP', 'GROUP', GROUP, 'bench', 'COUNT', String(prefetch)],
        ...['BLOCK', '0', 'STREAMS', topic, '>'],
      ),
    );
    this.#ackHead = command('XACK', topic, GROUP).slice('*3\r\n'.length);
    this.#answerHead = `*1\r\n*2\r\n$${topic.length}\r\n${topic}\r\n*`;
    this.#restBytes = command('m', payload).length;
  }

  take(chunk: Buffer): Taken {
    this.#settled = 0;
    this.#walk.walk(chunk);
    const delivered = this.#missing === 0 ? this.#ids.length : 0;
    if (delivered === 0) return { delivered, settled: this.#settled };
    this.#unanswered.sent(delivered);
    const head = Buffer.from(`*${3 + delivered}\r\n${this.#ackHead}`);
    const send = Buffer.concat([head, ...this.#ids, this.read]);
    this.#ids = [];
    return { delivered, settled: this.#settled, send };
  }

  #begin(bytes: Buffer, at: number): number {
    if (bytes.length - at < ARRAY_BYTES) return 0;
    if (bytes[at] === INTEGER) return this.#acked(bytes, at);
    if (bytes[at] === ARRAY && bytes[at + 1] === READ) return this.#answer(bytes, at);
    if (bytes[at] === ARRAY && bytes[at + 1] === ENTRY) return this.#entry(bytes, at);
    throw new Error(`Redis answered ${excerpt(bytes, at)}`);
  }

  /** Of fewer than were asked for when one was acked before, or never delivered. */
  #acked(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(NEWLINE, at);
    if (end === -1) return 0;
    const messages = this.#unanswered.answered();
    if (Number(bytes.toString('latin1', at + 1, end - 1)) !== messages)
      throw new Error(`of ${messages} messages Redis acked ${excerpt(bytes, at)}`);
    this.#settled += messages;
    return end + 1 - at;
  }

  #answer(bytes: Buffer, at: number): number {
    const countAt = at + this.#answerHead.length;
    const end = bytes.indexOf(NEWLINE, countAt);
    if (end === -1) return 0;
    this.#missing = Number(bytes.toString('latin1', countAt, end - 1)) + 1;
    return end + 1 - at;
  }

  #entry(bytes: Buffer, at: number): number {
    const id = at + ARRAY_BYTES;
    if (bytes.length < id + LENGTH_BYTES) return 0;
    const idEnd = id + LENGTH_BYTES + (bytes[id + 1] - ZERO) * 10 + (bytes[id + 2] - ZERO) + CRLF_BYTES;
    if (bytes.length < idEnd) return 0;
    this.#ids.push(bytes.subarray(id, idEnd));
    return idEnd + this.#restBytes - at;
  }

  /** The answer's own beginning counts as one of what is missing. */
  #end(): void {
    if (this.#missing > 0) this.#missing--;
  }
}

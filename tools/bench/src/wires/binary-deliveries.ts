import { RecordWalk } from './record-walk';
import { Unanswered } from './unanswered';
import { excerpt, GROUP, type Taken } from './wire';

/** Types of frames; docs/protocol.md, section 3. */
const ACK = 0x02;
const JSON_FRAME = 0x7b;
const PUSH = 0x82;
const DONE = 0x83;
/** What the broker says in JSON when it has subscribed a member. */
const SUBSCRIBED = '{"status":"success"';
/** Of a done frame: that an ack is done. */
const ACKNOWLEDGED = 3;
/** A frame's length and its type. */
const HEAD_BYTES = 5;
/** Of the largest varint. */
const VARINT_BYTES = 8;

/**
 * Reads the frames that a member of a group is sent: of pushes how many messages they have, and the sequence of the
 * first. What a chunk completes is one range, since a sequence that is not the next one is an error; so is whatever
 * else comes.
 */
export class BinaryDeliveries {
  readonly #unanswered = new Unanswered();
  readonly #walk = new RecordWalk(
    (bytes, at) => this.#begin(bytes, at),
    () => this.#end(),
  );
  /** Behind its type, a frame of pushes has flags, `u32` count, and the topic. */
  readonly #sequenceAt: number;
  readonly #ackHead: Buffer;
  /** Messages of the frame under way. */
  #coming = 0;
  /** The last sequence of it, and of what has come. */
  #last = 0;
  #lastWhole = 0;
  #delivered = 0;
  #settled = 0;

  constructor(topic: string) {
    this.#sequenceAt = HEAD_BYTES + 1 + 4 + 1 + topic.length;
    // Without an id; then the topic and the group, each behind its length.
    this.#ackHead = Buffer.from(
      `${String.fromCharCode(ACK, 0, topic.length)}${topic}${String.fromCharCode(GROUP.length)}${GROUP}`,
    );
  }

  take(chunk: Buffer): Taken {
    this.#delivered = 0;
    this.#settled = 0;
    this.#walk.walk(chunk);
    const [delivered, settled] = [this.#delivered, this.#settled];
    if (delivered === 0) return { delivered, settled };
    this.#unanswered.sent(delivered);
    return { delivered, settled, send: this.#ack(this.#lastWhole - delivered + 1, delivered) };
  }

  #begin(bytes: Buffer, at: number): number {
    if (bytes.length - at < HEAD_BYTES) return 0;
    const end = at + 4 + bytes.readUInt32LE(at);
    const type = bytes[at + 4];
    if (bytes.length < Math.min(end, at + this.#sequenceAt + VARINT_BYTES + SUBSCRIBED.length)) return 0;
    if (type === PUSH) this.#push(bytes, at);
    // Behind the type and no id.
    else if (type === DONE && bytes[at + 6] === ACKNOWLEDGED) this.#settled += this.#unanswered.answered();
    else if (type !== JSON_FRAME || !bytes.toString('latin1', at + 4, end).startsWith(SUBSCRIBED))
      throw new Error(`the broker sent ${excerpt(bytes, at)}`);
    return end - at;
  }

  #push(bytes: Buffer, at: number): void {
    let first = 0;
    let unit = 1;
    let next = at + this.#sequenceAt;
    for (; bytes[next] >= 0x80; next++, unit *= 0x80) first += (bytes[next] - 0x80) * unit;
    first += bytes[next] * unit;
    if (this.#last !== 0 && first !== this.#last + 1)
      throw new Error(`sequence ${first} was delivered after ${this.#last}`);
    this.#coming = bytes.readUInt32LE(at + HEAD_BYTES + 1);
    this.#last = first + this.#coming - 1;
  }

  #end(): void {
    this.#delivered += this.#coming;
    this.#coming = 0;
    this.#lastWhole = this.#last;
  }

  #ack(first: number, count: number): Buffer {
    const range = Buffer.from([1, ...varint(first), ...varint(count - 1)]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(this.#ackHead.length + range.length);
    return Buffer.concat([length, this.#ackHead, range]);
  }
}

/** 7 bits a byte, the lowest first; a byte that another follows has its highest bit set. */
function varint(value: number): number[] {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) + 0x80);
  return [...bytes, value];
}

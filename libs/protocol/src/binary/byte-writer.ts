import type { RequestId } from '../frames';
import type { MessageBatch } from '../message-batch';
import { writeEnds } from './ends';
import { HEAD_BYTES, INTEGER_ID, LENGTH_BYTES, NO_ID, NUMBER_ID, TEXT_ID } from './layout';

const LOW_BITS = 0x80;
const END_BYTES = 4;
const SHORT_TEXT = 32;

const NO_BYTES = Buffer.alloc(0);

/** Puts frames together, one behind the other, in one growing buffer. */
export class ByteWriter {
  #bytes: Buffer;
  /** Where that begins which has not been built. */
  #from = 0;
  #at = 0;
  #frame = 0;

  /** Room for `capacity` bytes at first. */
  constructor(private readonly capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Begins a frame. */
  begin(type: number): void {
    this.#frame = this.#at;
    this.#reserve(HEAD_BYTES);
    this.#bytes[this.#at + LENGTH_BYTES] = type;
    this.#at += HEAD_BYTES;
  }

  /** Ends the frame: its length is known now, with so many bytes that follow elsewhere. */
  end(apart = 0): void {
    this.#bytes.writeUInt32LE(this.#at - this.#frame - LENGTH_BYTES + apart, this.#frame);
  }

  /** All that was written since the last call. What is written next has the rest of the room, if that is not large. */
  build(): Buffer {
    const built = this.#bytes.subarray(this.#from, this.#at);
    this.#from = this.#at;
    if (this.#bytes.length > this.capacity) {
      // Or a few small frames would keep all of what one large frame needed.
      this.#bytes = NO_BYTES;
      this.#from = this.#at = 0;
    }
    return built;
  }

  /** Bytes written since the last `build`. */
  get length(): number {
    return this.#at - this.#from;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** A non-negative safe integer, 7 bits a byte, the lowest first. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= LOW_BITS) {
      this.#bytes[this.#at++] = (rest % LOW_BITS) | LOW_BITS;
      rest = Math.floor(rest / LOW_BITS);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Length in bytes, and UTF-8. */
  text(text: string): void {
    if (text.length <= SHORT_TEXT) {
      // Room for the longest it can be; whether it is that is known once it is written.
      this.#reserve(1 + 3 * text.length);
      const written = this.#ascii(text) ?? this.#bytes.write(text, this.#at + 1, 'utf8');
      this.#bytes[this.#at] = written;
      this.#at += 1 + written;
      return;
    }
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#reserve(length);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  /** Writes a short text behind its length, which costs a call otherwise; `undefined` when it is not ASCII. */
  #ascii(text: string): number | undefined {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return undefined;
      bytes[start + index] = code;
    }
    return text.length;
  }

  headers(headers: Readonly<Record<string, string>>): void {
    const entries = Object.entries(headers);
    this.varint(entries.length);
    for (const [name, value] of entries) {
      this.text(name);
      this.text(value);
    }
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** u32 ends of the messages `[from, to)`, what `between` writes, and their payloads. */
  messages(batch: MessageBatch, from: number, to: number, between?: () => void): void {
    this.ends(batch, from, to);
    between?.();
    this.bytes(batch.bytes.subarray(batch.start(from), batch.end(to - 1)));
  }

  /** u32 ends of the messages `[from, to)`. */
  ends(batch: MessageBatch, from: number, to: number): void {
    const size = END_BYTES * (to - from);
    this.#reserve(size);
    writeEnds(this.#bytes, this.#at, batch.ends, from, to, batch.start(from));
    this.#at += size;
  }

  id(id: RequestId | undefined): void {
    if (id === undefined) this.u8(NO_ID);
    else if (typeof id === 'string') {
      this.u8(TEXT_ID);
      this.text(id);
    } else if (Number.isSafeInteger(id) && id >= 0) {
      this.u8(INTEGER_ID);
      this.varint(id);
    } else {
      this.u8(NUMBER_ID);
      this.#reserve(8);
      this.#at = this.#bytes.writeDoubleLE(id, this.#at);
    }
  }

  #reserve(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const from = this.#from;
    const grown = Buffer.allocUnsafe(Math.max(2 * (needed - from), this.capacity));
    this.#bytes.copy(grown, 0, from, this.#at);
    this.#bytes = grown;
    this.#from = 0;
    this.#frame -= from;
    this.#at -= from;
  }
}

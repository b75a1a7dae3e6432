import { isUtf8 } from 'node:buffer';
import type { ByteCache } from '../byte-cache';
import { errorFor } from '../errors/error-classes';
import type { RequestId } from '../frames';
import { invalidField } from '../json-lines/field-checks';
import { INTEGER_ID, NO_ID, NUMBER_ID, TEXT_ID } from './layout';

// A peer can cause very many of them, and an error's stack is dear.
const CUT = errorFor('INVALID_FRAME', 'the frame ends before its fields do');
const TOO_BIG = errorFor('INVALID_FRAME', 'the frame has a number above 2^53 - 1');
const NOT_UTF8 = errorFor('INVALID_FRAME', 'the texts of a frame must be UTF-8');
const LEFT_OVER = errorFor('INVALID_FRAME', 'the frame goes on behind its fields');
const PLAIN_TEXT = 64;
const NOTHING = Buffer.alloc(0);

/** Reads the fields of one frame. Throws `INVALID_FRAME` where these and the frame's end do not fit. */
export class ByteReader {
  bytes: Buffer = NOTHING;
  at = 0;
  end = 0;

  /** Holds no bytes any more: a connection may be silent for long. */
  release(): void {
    this.point(NOTHING, 0, 0);
  }

  /** The fields are `bytes[at, end)`. */
  point(bytes: Buffer, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Takes so many bytes; returns where they begin. */
  skip(length: number): number {
    const { at } = this;
    if (length > this.end - at) throw CUT;
    this.at = at + length;
    return at;
  }

  u8(): number {
    if (this.at >= this.end) throw CUT;
    return this.bytes[this.at++];
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.skip(4));
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw TOO_BIG;
      if (byte < 0x80) return value;
      if (factor >= 2 ** 49) throw TOO_BIG;
    }
  }

  /** Throws also when the flags have a bit that the frame may not have. */
  flags(allowed: number): number {
    const flags = this.u8();
    if ((flags & ~allowed) !== 0) throw invalidField('flags', 'must only have bits that the frame has');
    return flags;
  }

  text(): string {
    const length = this.varint();
    const start = this.skip(length);
    return textOf(this.bytes, start, start + length);
  }

  /** What a text stands for; throws also what the cache throws for it. */
  cached<T>(texts: ByteCache<T>): T {
    const length = this.varint();
    const start = this.skip(length);
    return texts.get(this.bytes, start, start + length);
  }

  headers(): Record<string, string> {
    const count = this.varint();
    // Each takes two bytes at least: nobody makes us count what is not there.
    if (2 * count > this.end - this.at) throw CUT;
    const entries: [string, string][] = [];
    for (let index = 0; index < count; index++) entries.push([this.text(), this.text()]);
    return Object.fromEntries(entries);
  }

  /** What is left, as a view. */
  rest(): Buffer {
    const { at } = this;
    this.at = this.end;
    return this.bytes.subarray(at, this.end);
  }

  id(): RequestId | undefined {
    switch (this.u8()) {
      case NO_ID:
        return undefined;
      case INTEGER_ID:
        return this.varint();
      case TEXT_ID:
        return this.text();
      case NUMBER_ID:
        return this.bytes.readDoubleLE(this.skip(8));
      default:
        throw invalidField('id', 'must begin with 0 to 3');
    }
  }

  /** Nothing may be left. */
  done(): void {
    if (this.at !== this.end) throw LEFT_OVER;
  }
}

/** Throws `INVALID_FRAME` when it is not UTF-8. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  if (end - start <= PLAIN_TEXT) {
    let at = start;
    while (at < end && bytes[at] < 0x80) at++;
    if (at === end) return bytes.toString('latin1', start, end);
  }
  if (!isUtf8(bytes.subarray(start, end))) throw NOT_UTF8;
  return bytes.toString('utf8', start, end);
}

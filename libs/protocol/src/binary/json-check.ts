import { isUtf8 } from 'node:buffer';
import { FALSE, IS_ESCAPE, IS_HEX, NULL, TRUE } from '../json-lines/json-bytes';
import { joinLines } from '../json-lines/object-values';
import { NO_VIEW, plainEnd, viewOf } from '../json-lines/plain-text';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const POINT = 0x2e;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const HEX_DIGITS = 4;
const NOTHING = Buffer.alloc(0);

export type JsonVerdict = 'json' | 'invalid' | 'deep';

/**
 * Checks that a payload is one JSON value (RFC 8259) in UTF-8, with white space around it or none. What passes may stand
 * in a JSON line: CR and LF, which can only be between its tokens, have become spaces. Does not recurse.
 */
export class JsonCheck {
  readonly #isObject: Uint8Array;
  #bytes: Buffer = NOTHING;
  #view = NO_VIEW;
  #end = 0;
  #high = false;
  #breaks = false;

  /** `maxDepth`: levels of objects and arrays that a payload may have. */
  constructor(private readonly maxDepth: number) {
    this.#isObject = new Uint8Array(maxDepth + 1);
  }

  check(bytes: Buffer, start: number, end: number): JsonVerdict {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = viewOf(bytes);
    }
    this.#end = end;
    this.#high = false;
    this.#breaks = false;
    const verdict = this.#walk(start);
    if (verdict !== 'json') return verdict;
    if (this.#high && !isUtf8(bytes.subarray(start, end))) return 'invalid';
    if (this.#breaks) joinLines(bytes, start, end);
    return 'json';
  }

  /** Holds no bytes any more: a connection may be silent for long. */
  release(): void {
    this.#bytes = NOTHING;
    this.#view = NO_VIEW;
  }

  #walk(start: number): JsonVerdict {
    const bytes = this.#bytes;
    const end = this.#end;
    let depth = 0;
    let at = start;
    for (;;) {
      at = this.#space(at);
      if (at >= end) return 'invalid';
      const first = bytes[at];
      if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
        if (depth === this.maxDepth) return 'deep';
        const isObject = first === OPEN_OBJECT;
        at = this.#space(at + 1);
        if (at < end && bytes[at] === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) at++;
        else {
          this.#isObject[++depth] = isObject ? 1 : 0;
          if (isObject) at = this.#key(at);
          if (at < 0) return 'invalid';
          continue;
        }
      } else at = first === QUOTE ? this.#text(at + 1) : this.#scalar(at);
      if (at < 0) return 'invalid';
      // Behind a value: the ends of what contains it, and then a comma, or the end of all.
      for (; ; depth--) {
        at = this.#space(at);
        if (depth === 0) return at === end ? 'json' : 'invalid';
        if (at >= end) return 'invalid';
        const isObject = this.#isObject[depth] === 1;
        const next = bytes[at++];
        if (next === COMMA) {
          if (isObject) at = this.#key(this.#space(at));
          if (at < 0) return 'invalid';
          break;
        }
        if (next !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return 'invalid';
      }
    }
  }

  #space(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < this.#end && bytes[at] <= 0x20) {
      const byte = bytes[at];
      if (byte === 0x0a || byte === 0x0d) this.#breaks = true;
      else if (byte !== 0x20 && byte !== 0x09) return at;
      at++;
    }
    return at;
  }

  /** A key and its colon; -1 when that is not there, as for all that follow. */
  #key(from: number): number {
    if (from >= this.#end || this.#bytes[from] !== QUOTE) return -1;
    const text = this.#text(from + 1);
    if (text < 0) return -1;
    const at = this.#space(text);
    return at < this.#end && this.#bytes[at] === COLON ? at + 1 : -1;
  }

  /** The rest of a string, behind its first quote. */
  #text(from: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = from;
    for (;;) {
      at = plainEnd(bytes, this.#view, at, end);
      if (at >= end) return -1;
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte >= 0x80) {
        this.#high = true;
        at++;
      } else if (byte === BACKSLASH) {
        at = this.#escape(at + 1);
        if (at < 0) return -1;
      } else return -1;
    }
  }

  #escape(at: number): number {
    const bytes = this.#bytes;
    if (at >= this.#end) return -1;
    if (IS_ESCAPE[bytes[at]] === 1) return at + 1;
    if (bytes[at] !== 0x75 || at + HEX_DIGITS >= this.#end) return -1;
    for (let digit = 1; digit <= HEX_DIGITS; digit++) if (IS_HEX[bytes[at + digit]] === 0) return -1;
    return at + 1 + HEX_DIGITS;
  }

  #scalar(at: number): number {
    const byte = this.#bytes[at];
    if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) return this.#number(at);
    if (byte === TRUE[0]) return this.#word(TRUE, at);
    if (byte === FALSE[0]) return this.#word(FALSE, at);
    return byte === NULL[0] ? this.#word(NULL, at) : -1;
  }

  #word(word: Buffer, at: number): number {
    if (word.length > this.#end - at) return -1;
    for (let index = 1; index < word.length; index++) if (this.#bytes[at + index] !== word[index]) return -1;
    return at + word.length;
  }

  #number(from: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = bytes[from] === MINUS ? from + 1 : from;
    if (at < end && bytes[at] === 0x30) at++;
    else at = this.#digits(at);
    if (at > 0 && at < end && bytes[at] === POINT) at = this.#digits(at + 1);
    if (at > 0 && at < end && (bytes[at] | 0x20) === 0x65) {
      at++;
      if (at < end && (bytes[at] === MINUS || bytes[at] === 0x2b)) at++;
      at = this.#digits(at);
    }
    return at;
  }

  /** One digit or more. */
  #digits(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < this.#end && bytes[at] >= 0x30 && bytes[at] <= 0x39) at++;
    return at === from ? -1 : at;
  }
}

import { isAt } from '../byte-cache';
import { FALSE, IS_ESCAPE, NULL, TRUE } from './json-bytes';
import { plainEnd } from './plain-text';
import {
  AFTER_VALUE,
  COLON,
  FRACTION,
  INTEGER,
  KEY,
  KEY_TEXT,
  MINUS,
  POINT,
  TEXT,
  VALUE,
  ZERO,
} from './scan-states';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Walks members of an object as programs write them: `"key":value,"key":value`, without white space, the values plain
 * strings and numbers. It does what the scanner's state machine does, in a straight line, which a processor foresees
 * better than a jump by state for every token. At anything else, and at the end of the bytes, it stops: `state` is
 * then what the machine waits for there.
 */
export class PlainMembers {
  state = KEY;
  /** Set when a string has a byte of 0x80 or above. */
  high = false;

  /** `from` is the opening quote of a key. Returns where it stopped. */
  walk(bytes: Buffer, view: DataView, from: number, end: number): number {
    let at = from;
    for (;;) {
      at = plainEnd(bytes, view, at + 1, end);
      if (at === end || bytes[at] !== QUOTE) return this.#stop(KEY_TEXT, at);
      if (++at === end || bytes[at] !== 0x3a) return this.#stop(COLON, at);
      at = this.value(bytes, view, at + 1, end);
      if (this.state !== AFTER_VALUE) return at;
      if (at === end || bytes[at] !== COMMA) return at;
      if (++at === end || bytes[at] !== QUOTE) return this.#stop(KEY, at);
    }
  }

  /** A string without `\u`, a number without an exponent, or a word. Returns where it stopped: in `AFTER_VALUE` behind it. */
  value(bytes: Buffer, view: DataView, from: number, end: number): number {
    if (from === end) return this.#stop(VALUE, from);
    const first = bytes[from];
    if (first === QUOTE) return this.#text(bytes, view, from + 1, end);
    if (first <= 0x39) return this.#number(bytes, from, end);
    return this.#word(bytes, from, end, first);
  }

  #text(bytes: Buffer, view: DataView, from: number, end: number): number {
    let at = plainEnd(bytes, view, from, end);
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) return this.#stop(AFTER_VALUE, at + 1);
      if (byte >= 0x80) {
        this.high = true;
        at++;
      } else if (byte === BACKSLASH && at + 1 < end && IS_ESCAPE[bytes[at + 1]] === 1) at += 2;
      else break;
      at = plainEnd(bytes, view, at, end);
    }
    return this.#stop(TEXT, at);
  }

  #word(bytes: Buffer, from: number, end: number, first: number): number {
    const word = first === TRUE[0] ? TRUE : first === FALSE[0] ? FALSE : NULL;
    const behind = from + word.length;
    if (behind > end || !isAt(word, bytes, from, behind)) return this.#stop(VALUE, from);
    return this.#stop(AFTER_VALUE, behind);
  }

  /** A number without an exponent. The machine is in `AFTER_VALUE` behind it, or in `state` where this one stopped. */
  #number(bytes: Buffer, from: number, end: number): number {
    let at = from;
    if (bytes[at] === 0x2d && ++at === end) return this.#stop(MINUS, at);
    let byte = bytes[at];
    if (byte < 0x30 || byte > 0x39) return this.#stop(at === from ? VALUE : MINUS, at);
    let digits = ZERO;
    if (byte === 0x30) at++;
    else {
      digits = INTEGER;
      at = digitsEnd(bytes, at + 1, end);
    }
    if (at < end && bytes[at] === 0x2e) {
      const fraction = ++at;
      digits = FRACTION;
      at = digitsEnd(bytes, at, end);
      if (at === fraction) return this.#stop(POINT, at);
    }
    if (at === end) return this.#stop(digits, at);
    byte = bytes[at];
    return this.#stop((byte | 0x20) === 0x65 ? digits : AFTER_VALUE, at);
  }

  #stop(state: number, at: number): number {
    this.state = state;
    return at;
  }
}

function digitsEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  // One comparison: below 0 is far above 9.
  while (at < end && (bytes[at] - 0x30) >>> 0 <= 9) at++;
  return at;
}

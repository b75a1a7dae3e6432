import { plainTextEnd } from './plain-text';
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
const COMMA = 0x2c;

/**
 * Walks members of an object as programs write them: `"key":value,"key":value`, without white space, the values plain
 * strings and numbers. It does what the scanner's state machine does, in a straight line, which a processor foresees
 * better than a jump by state for every token. At anything else, and at the end of the bytes, it stops: `state` is
 * then what the machine waits for there.
 */
export class PlainMembers {
  state = KEY;

  /** `from` is the opening quote of a key. Returns where it stopped. */
  walk(bytes: Buffer, from: number, end: number): number {
    let at = from;
    for (;;) {
      at = plainTextEnd(bytes, at + 1, end);
      if (at === end || bytes[at] !== QUOTE) return this.#stop(KEY_TEXT, at);
      if (++at === end || bytes[at] !== 0x3a) return this.#stop(COLON, at);
      if (++at === end) return this.#stop(VALUE, at);
      if (bytes[at] === QUOTE) {
        at = plainTextEnd(bytes, at + 1, end);
        if (at === end || bytes[at] !== QUOTE) return this.#stop(TEXT, at);
        at++;
      } else {
        const number = this.#number(bytes, at, end);
        if (this.state !== AFTER_VALUE) return number;
        at = number;
      }
      if (at === end || bytes[at] !== COMMA) return this.#stop(AFTER_VALUE, at);
      if (++at === end || bytes[at] !== QUOTE) return this.#stop(KEY, at);
    }
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
  while (at < end && bytes[at] >= 0x30 && bytes[at] <= 0x39) at++;
  return at;
}

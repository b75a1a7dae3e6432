import { ENDS_PLAIN } from './json-bytes';

/** The high bit of each byte of a word, and the lowest. */
const HIGH = 0x80808080 | 0;
const LOW = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
/** Shorter texts end before words pay. */
const FEW = 12;
const NO_WORDS = new Int32Array(0);

/**
 * Finds where a stretch of plain string characters ends: at a quote, a backslash, a control character, or a byte of 0x80
 * or above. Looks at four bytes at a time where texts are long.
 */
export class PlainText {
  #buffer: ArrayBufferLike | undefined;
  #words: Int32Array = NO_WORDS;

  plainEnd(bytes: Buffer, from: number, end: number): number {
    let at = from;
    const near = Math.min(end, from + FEW);
    while (at < near && ENDS_PLAIN[bytes[at]] === 0) at++;
    if (at < near || at === end) return at;
    const { buffer, byteOffset } = bytes;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
    }
    const aligned = at + ((4 - ((byteOffset + at) & 3)) & 3);
    while (at < aligned && at < end && ENDS_PLAIN[bytes[at]] === 0) at++;
    if (at < aligned) return at;
    at = wordsEnd(this.#words, (byteOffset + at) >>> 2, (byteOffset + end) >>> 2) * 4 - byteOffset;
    while (at < end && ENDS_PLAIN[bytes[at]] === 0) at++;
    return at;
  }

  /** Holds no bytes any more. */
  release(): void {
    this.#buffer = undefined;
    this.#words = NO_WORDS;
  }
}

/** Keeps the last chunk of the process alive, and no more. */
const SHARED = new PlainText();

/** As `plainEnd`, for whoever looks at one chunk after another. Small, so that short texts cost no call. */
export function plainTextEnd(bytes: Buffer, from: number, end: number): number {
  const near = Math.min(end, from + 2 * FEW);
  let at = from;
  while (at < near && ENDS_PLAIN[bytes[at]] === 0) at++;
  return at < near || at === end ? at : SHARED.plainEnd(bytes, at, end);
}

/** The first word that has a byte which is not plain, or `end`. A word's arithmetic is that of "hasless" and "haszero". */
function wordsEnd(words: Int32Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const word = words[at];
    const quotes = word ^ QUOTES;
    const backslashes = word ^ BACKSLASHES;
    const bad =
      (word | ((word - SPACES) & ~word) | ((quotes - LOW) & ~quotes) | ((backslashes - LOW) & ~backslashes)) &
      HIGH;
    if (bad !== 0) break;
    at++;
  }
  return at;
}

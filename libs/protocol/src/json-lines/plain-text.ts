import { ENDS_PLAIN } from './json-bytes';

/** The high bit of each byte of a word, and the lowest. */
const HIGH = 0x80808080 | 0;
const LOW = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const WORD = 4;

/** What is asked for words of bytes before there are any. */
export const NO_VIEW: DataView = new DataView(new ArrayBuffer(0));

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Where a stretch of plain string characters ends: at a quote, a backslash, a control character, or a byte of 0x80 or
 * above. Looks at four bytes at a time; `view` is that of `bytes`.
 */
export function plainEnd(bytes: Buffer, view: DataView, from: number, end: number): number {
  let at = from;
  for (const last = end - WORD; at <= last; at += WORD) {
    const word = view.getInt32(at, true);
    const quotes = word ^ QUOTES;
    const backslashes = word ^ BACKSLASHES;
    // A word's arithmetic is that of "hasless" and "haszero": right about the lowest byte that it finds.
    const ends =
      (word | ((word - SPACES) & ~word) | ((quotes - LOW) & ~quotes) | ((backslashes - LOW) & ~backslashes)) &
      HIGH;
    if (ends !== 0) return at + ((31 - Math.clz32(ends & -ends)) >>> 3);
  }
  while (at < end && ENDS_PLAIN[bytes[at]] === 0) at++;
  return at;
}

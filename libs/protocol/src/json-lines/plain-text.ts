import { ENDS_PLAIN } from './json-bytes';

/** The high bit of each byte of a word, and the lowest. */
const HIGH = 0x80808080 | 0;
const LOW = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const WORD = 4;
/** Texts longer than this are long. */
const NEAR = 32;

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
  for (const last = Math.min(from + NEAR, end) - WORD; at <= last; at += WORD) {
    const ends = endsIn(view.getInt32(at, true));
    if (ends !== 0) return at + lowest(ends);
  }
  if (end - at >= WORD) return longPlainEnd(bytes, view, at, end);
  while (at < end && ENDS_PLAIN[bytes[at]] === 0) at++;
  return at;
}

/** As `plainEnd`: two words at a time cost a long text a third less, and a short one more. */
function longPlainEnd(bytes: Buffer, view: DataView, from: number, end: number): number {
  let at = from;
  for (const last = end - 2 * WORD; at <= last; at += 2 * WORD) {
    let ends = endsIn(view.getInt32(at, true));
    if (ends !== 0) return at + lowest(ends);
    ends = endsIn(view.getInt32(at + WORD, true));
    if (ends !== 0) return at + WORD + lowest(ends);
  }
  while (at < end && ENDS_PLAIN[bytes[at]] === 0) at++;
  return at;
}

/** Which byte of a word the lowest of these bits is in. */
function lowest(ends: number): number {
  return (31 - Math.clz32(ends & -ends)) >>> 3;
}

/**
 * The high bit of each byte of a word that ends plain text; of the lowest at least, and others above it may be wrong. The
 * arithmetic is that of "hasless" and "haszero".
 */
function endsIn(word: number): number {
  const quotes = word ^ QUOTES;
  const backslashes = word ^ BACKSLASHES;
  return (
    (word | ((word - SPACES) & ~word) | ((quotes - LOW) & ~quotes) | ((backslashes - LOW) & ~backslashes)) &
    HIGH
  );
}

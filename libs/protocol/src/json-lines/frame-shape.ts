import type { JsonFields } from './json-fields';
import type { PlainMembers } from './plain-members';
import { AFTER_VALUE } from './scan-states';
import { ShapePiece, type ShapeState } from './shape-piece';
import { ShapeReader, type ReadPiece } from './shape-reader';

/** All that is remembered: pieces, and words of eight bytes in them. What comes when that is full has all the room again. */
const MAX_PIECES = 128;
const MAX_WORDS = 512;
const FIRST_WORDS = 32;
/** Ways on behind one piece. */
const MAX_WAYS = 4;
/** To learn an object costs as much as to scan some: that is done for one of so many at most, or for a few in a row. */
const LEARN_COST = 16;
const MAX_CREDIT = 4 * LEARN_COST;

const WORD = 8;
const START: ShapeState = { depth: 1, deepest: 1, levels: 2, field: -1, present: 0, presentBeyond: 0 };

/**
 * How the last objects were written: all of their bytes but those of plain values. Programs write the same keys in the same
 * order again and again; to compare the keys, and look at the values only, is faster than to scan both.
 *
 * What is remembered is a tree. A piece is what lies between two values, and behind a value there may be several ways on.
 */
export class FrameShape {
  /** The last piece that was there on the last walk, with the value behind it, if it has one. */
  last: ShapePiece;
  /** Whether the values there had a byte of 0x80 or above. */
  high = false;
  readonly #root = new ShapePiece(0, false, -1, undefined, START, 0);
  #pieces = 0;
  #used = 0;
  /**
   * The bytes of the pieces, eight by eight, the last eight overlapping those before. No eight bytes of ASCII without a NUL spell
   * zero or what is not a number: these are equal as numbers when they are as bytes, and no faster comparison is to be had.
   */
  #words = new Float64Array(0);
  /** The same memory: a piece of less than eight bytes has two halves there, and behind them the bits of these that count. */
  #halves = new Int32Array(0);
  #credit = MAX_CREDIT;

  constructor(
    private readonly fields: JsonFields<string>,
    private readonly usual: number,
    private readonly starts: Int32Array,
    private readonly ends: Int32Array,
    private readonly plain: PlainMembers,
  ) {
    this.last = this.#root;
  }

  /** Walks the object at `bytes[base, end)` as far as it is like another one. Returns where it stopped. */
  walk(bytes: Buffer, view: DataView, base: number, end: number): number {
    const { starts, ends, plain } = this;
    let at = base;
    let before = this.#root;
    let piece = before.ways;
    plain.high = false;
    while (piece !== undefined) {
      const behind = at + piece.length;
      if (behind <= end && this.#isThere(piece, view, at, behind)) {
        if (piece.isLast) {
          if (piece.marks !== undefined) piece.note(at - base, starts, ends);
          at = behind;
          before = piece;
          break;
        }
        const stop = plain.value(bytes, view, behind, end);
        if (plain.state === AFTER_VALUE) {
          if (piece.marks !== undefined) piece.note(at - base, starts, ends);
          const { valueField } = piece;
          if (valueField >= 0) {
            starts[valueField] = behind - base;
            ends[valueField] = stop - base;
          }
          if (piece !== before.ways) before.prefer(piece);
          at = stop;
          before = piece;
          piece = piece.ways;
          continue;
        }
      }
      piece = piece.sibling;
    }
    this.high = plain.high;
    this.last = before;
    return at;
  }

  /** Remembers how the object at `bytes[base]`, a valid one, is written, unless that was done often of late. */
  learn(bytes: Buffer, view: DataView, base: number): void {
    this.#credit = Math.min(this.#credit + 1, MAX_CREDIT);
    if (this.#credit < LEARN_COST) return;
    this.#credit -= LEARN_COST;
    const reader = new ShapeReader(bytes, base, this.fields, this.usual);
    let before = this.#root;
    for (let read = reader.next(); read !== undefined; read = reader.next()) {
      const way = this.#wayOf(before, view, read) ?? this.#add(before, bytes, read);
      if (way === undefined || way.isLast) return;
      before = way;
    }
  }

  #isThere(piece: ShapePiece, view: DataView, at: number, behind: number): boolean {
    let { word } = piece;
    if (piece.length >= WORD) {
      const words = this.#words;
      const last = behind - WORD;
      for (let next = at; next < last; next += WORD, word++)
        if (view.getFloat64(next, true) !== words[word]) return false;
      return view.getFloat64(last, true) === words[word];
    }
    // The view ends with the chunk, not with the frame.
    if (at + WORD > view.byteLength) return false;
    const halves = this.#halves;
    word *= 2;
    return (
      ((view.getInt32(at, true) ^ halves[word]) & halves[word + 2]) === 0 &&
      ((view.getInt32(at + 4, true) ^ halves[word + 1]) & halves[word + 3]) === 0
    );
  }

  #wayOf(before: ShapePiece, view: DataView, { start, length, isLast }: ReadPiece): ShapePiece | undefined {
    let way = before.ways;
    while (way !== undefined) {
      const isSame = way.length === length && way.isLast === isLast;
      if (isSame && this.#isThere(way, view, start, start + length)) return way;
      way = way.sibling;
    }
    return undefined;
  }

  /** `undefined` when there was no room: it has been made for the next object. */
  #add(before: ShapePiece, bytes: Buffer, read: ReadPiece): ShapePiece | undefined {
    const { start, length, isLast, valueField, marks, behind } = read;
    const words = length >= WORD ? Math.ceil(length / WORD) : 2;
    if (this.#pieces === MAX_PIECES || this.#used + words > MAX_WORDS) return this.#forget();
    if (this.#used + words > this.#words.length) this.#grow(words);
    const piece = new ShapePiece(length, isLast, valueField, marks, behind, this.#used);
    if (length >= WORD) this.#keepWords(bytes, start, start + length);
    else this.#keepHalves(bytes, start, length);
    this.#used += words;
    this.#pieces++;
    before.add(piece, MAX_WAYS);
    return piece;
  }

  #keepWords(bytes: Buffer, start: number, end: number): void {
    const last = end - WORD;
    let word = this.#used;
    for (let at = start; at < last; at += WORD) this.#words[word++] = bytes.readDoubleLE(at);
    this.#words[word] = bytes.readDoubleLE(last);
  }

  #keepHalves(bytes: Buffer, start: number, length: number): void {
    const at = 2 * this.#used;
    this.#halves.fill(0, at, at + 4);
    for (let byte = 0; byte < length; byte++) {
      this.#halves[at + (byte >> 2)] |= bytes[start + byte] << (8 * (byte & 3));
      this.#halves[at + 2 + (byte >> 2)] |= 0xff << (8 * (byte & 3));
    }
  }

  #grow(words: number): void {
    const grown = new Float64Array(Math.min(MAX_WORDS, Math.max(FIRST_WORDS, 2 * (this.#used + words))));
    grown.set(this.#words);
    this.#words = grown;
    this.#halves = new Int32Array(grown.buffer);
  }

  #forget(): undefined {
    this.#root.ways = undefined;
    this.#pieces = 0;
    this.#used = 0;
  }
}

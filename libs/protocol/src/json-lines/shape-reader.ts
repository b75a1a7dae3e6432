import { ENDS_PLAIN } from './json-bytes';
import type { JsonFields } from './json-fields';
import type { PieceMarks, ShapeState } from './shape-piece';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const MAX_LEVELS = 16;

/** A piece as it is read. */
export interface ReadPiece {
  /** Where it is. */
  readonly start: number;
  readonly length: number;
  readonly isLast: boolean;
  readonly valueField: number;
  readonly marks: PieceMarks | undefined;
  readonly behind: ShapeState;
}

/** Takes an object that is known to be valid apart into pieces. */
export class ShapeReader {
  #at: number;
  #depth = 0;
  #deepest = 0;
  #levels = 0;
  #field = -1;
  #present = 0;
  #presentBeyond = 0;
  #awaitsKey = false;
  #marks: PieceMarks | undefined;

  constructor(
    private readonly bytes: Buffer,
    base: number,
    private readonly fields: JsonFields<string>,
    /** A field whose value seldom differs. It is part of its piece, or the object is not known that far. */
    private readonly usual: number,
  ) {
    this.#at = base;
  }

  /** The next piece; `undefined` behind the last one, and where pieces are none that are worth it. */
  next(): ReadPiece | undefined {
    const { bytes } = this;
    const start = this.#at;
    this.#marks = undefined;
    for (;;) {
      const byte = bytes[this.#at];
      switch (byte) {
        case OPEN_OBJECT:
        case OPEN_ARRAY:
          if (!this.#open(byte === OPEN_OBJECT, start)) return undefined;
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (!this.#close(start)) return undefined;
          if (this.#depth === 0) return this.#piece(start, -1, true);
          break;
        case COMMA:
          this.#awaitsKey = (this.#levels & (1 << this.#depth)) !== 0;
          this.#at++;
          break;
        case COLON:
        case 0x20:
        case 0x09:
          this.#at++;
          break;
        case QUOTE:
          if (this.#awaitsKey) {
            if (!this.#key()) return undefined;
            break;
          }
          if (!this.#isUsual()) return this.#value(start);
          if (!this.#usualValue(start)) return undefined;
          break;
        default:
          return this.#isUsual() ? undefined : this.#value(start);
      }
    }
  }

  /** Whether it is worth it, as all that follow. */
  #open(isObject: boolean, start: number): boolean {
    if (this.#depth === MAX_LEVELS) return false;
    if (this.#depth === 1 && this.#field >= 0) {
      const marks = (this.#marks ??= noMarks());
      // One of each in a piece is enough.
      if (marks.opens >= 0 || this.#field === this.usual) return false;
      marks.opens = this.#field;
      marks.opensAt = this.#at - start;
    }
    this.#depth++;
    this.#deepest = Math.max(this.#deepest, this.#depth);
    if (isObject) this.#levels |= 1 << this.#depth;
    else this.#levels &= ~(1 << this.#depth);
    this.#awaitsKey = isObject;
    this.#at++;
    return true;
  }

  #close(start: number): boolean {
    this.#depth--;
    this.#at++;
    this.#awaitsKey = false;
    if (this.#depth !== 1 || this.#field < 0) return true;
    const marks = (this.#marks ??= noMarks());
    if (marks.closes >= 0) return false;
    marks.closes = this.#field;
    marks.closesAt = this.#at - start;
    this.#ended(this.#field);
    return true;
  }

  #key(): boolean {
    const from = this.#at + 1;
    const end = this.#plainEnd(from);
    if (end < 0) return false;
    if (this.#depth === 1) this.#field = this.fields.find(this.bytes, from, end - 1);
    this.#at = end;
    this.#awaitsKey = false;
    return true;
  }

  #isUsual(): boolean {
    return this.#depth === 1 && this.#field === this.usual;
  }

  #usualValue(start: number): boolean {
    const end = this.#plainEnd(this.#at + 1);
    if (end < 0) return false;
    const marks = (this.#marks ??= noMarks());
    marks.whole = this.#field;
    marks.wholeFrom = this.#at - start;
    marks.wholeTo = end - start;
    this.#at = end;
    this.#ended(this.#field);
    return true;
  }

  /** Behind the quote that ends a text; -1 when not all of it is itself in ASCII. */
  #plainEnd(from: number): number {
    const { bytes } = this;
    let at = from;
    while (ENDS_PLAIN[bytes[at]] === 0) at++;
    return bytes[at] === QUOTE ? at + 1 : -1;
  }

  #value(start: number): ReadPiece {
    const field = this.#depth === 1 ? this.#field : -1;
    if (field >= 0) this.#ended(field);
    return this.#piece(start, field, false);
  }

  #piece(start: number, valueField: number, isLast: boolean): ReadPiece {
    const piece = {
      start,
      length: this.#at - start,
      isLast,
      valueField,
      marks: this.#marks,
      behind: {
        depth: this.#depth,
        deepest: this.#deepest,
        levels: this.#levels,
        field: this.#field,
        present: this.#present,
        presentBeyond: this.#presentBeyond,
      },
    };
    if (!isLast) this.#skip();
    return piece;
  }

  /** Goes behind a value that is no container. */
  #skip(): void {
    const { bytes } = this;
    if (bytes[this.#at] === QUOTE) {
      while (bytes[++this.#at] !== QUOTE) if (bytes[this.#at] === BACKSLASH) this.#at++;
      this.#at++;
    } else while (!ENDS_VALUE.has(bytes[this.#at])) this.#at++;
  }

  #ended(field: number): void {
    // A shift is modulo 32.
    if (field < 32) this.#present |= 1 << field;
    else this.#presentBeyond |= 1 << field;
  }
}

const ENDS_VALUE = new Set([COMMA, CLOSE_OBJECT, CLOSE_ARRAY, 0x20, 0x09, 0x0a, 0x0d]);

function noMarks(): PieceMarks {
  return { opens: -1, opensAt: 0, closes: -1, closesAt: 0, whole: -1, wholeFrom: 0, wholeTo: 0 };
}

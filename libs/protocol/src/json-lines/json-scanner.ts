import { FrameShape } from './frame-shape';
import type { ShapePiece } from './shape-piece';
import { FALSE, IS_ESCAPE, IS_HEX, NULL, TRUE } from './json-bytes';
import type { JsonFields } from './json-fields';
import { PlainMembers } from './plain-members';
import { NO_VIEW, plainEnd, viewOf } from './plain-text';
import {
  AFTER_VALUE,
  COLON,
  EXPONENT,
  EXPONENT_DIGITS,
  EXPONENT_SIGN,
  FIRST_KEY,
  FIRST_VALUE,
  FRACTION,
  INTEGER,
  KEY,
  KEY_ESCAPE,
  KEY_HEX,
  KEY_TEXT,
  MINUS,
  POINT,
  TEXT,
  TEXT_ESCAPE,
  TEXT_HEX,
  VALUE,
  WORD,
  ZERO,
} from './scan-states';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const INITIAL_LEVELS = 64;
/** A stack grown beyond this is given back after the frame. */
const KEPT_LEVELS = 1024;

export type ScanStatus = 'more' | 'done' | 'invalid';

/**
 * Checks that bytes are one JSON object (RFC 8259), and notes where the values of its known members lie. All that it
 * knows is kept between two calls, so an object may come in any number of pieces and no byte is looked at twice. It
 * does not recurse, and accepts any depth: `deepest` tells.
 *
 * UTF-8 is not checked: `high` says whether a check is needed.
 */
export class JsonScanner {
  /** What the last call of `scan` came to. */
  status: ScanStatus = 'more';
  /** Whether the object has a byte of 0x80 or above. */
  high = false;
  /** Whether it has a CR or LF, which can only be between tokens. */
  breaks = false;
  /** Levels of nesting, the object's own braces counted. */
  deepest = 1;
  /** Bit `i` is set when the object has the field `i`, of the first 32. */
  present = 0;
  /** Bit `i - 32` is set when the object has the field `i`, from 32 on. */
  presentBeyond = 0;
  /** Where the value of each field that is present begins and ends, from the object's first byte on. The last wins. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Bytes scanned in the scanner's life. */
  scanned = 0;

  /**
   * Set when the last object was written like another one before, up to its end, and with the same usual value: the same
   * for all of these.
   */
  known: ShapePiece | undefined;

  #bytes: Buffer | undefined;
  #view = NO_VIEW;
  #state = FIRST_KEY;
  #depth = 1;
  /** For each level whether it is an object (1) or an array (0). */
  #levels = new Uint8Array(INITIAL_LEVELS).fill(1, 1, 2);
  #field = -1;
  #keyStart = 0;
  #escaped = false;
  #hexLeft = 0;
  #word = TRUE;
  #wordAt = 0;

  readonly #plain = new PlainMembers();
  readonly #shape: FrameShape | undefined;

  /**
   * `usual` is a field, a short text, that seldom differs from object to object. Without one, the scanner is for few
   * objects: it does not remember how they are written.
   */
  constructor(
    readonly fields: JsonFields<string>,
    usual?: number,
  ) {
    this.starts = new Int32Array(fields.names.length);
    this.ends = new Int32Array(fields.names.length);
    if (usual !== undefined) this.#shape = new FrameShape(fields, usual, this.starts, this.ends, this.#plain);
  }

  /** Forgets everything: the next byte is the one behind an object's `{`. */
  begin(): void {
    this.status = 'more';
    this.known = undefined;
    this.high = false;
    this.breaks = false;
    this.deepest = 1;
    this.present = 0;
    this.presentBeyond = 0;
    this.#state = FIRST_KEY;
    this.#depth = 1;
    if (this.#levels.length > KEPT_LEVELS) this.#levels = new Uint8Array(INITIAL_LEVELS).fill(1, 1, 2);
  }

  /**
   * Goes on with `bytes[from, end)`, where the object's `{` is, or would be, at `base`. What was scanned of the same
   * object before must lie between `base` and `from` again. Returns where it stopped: behind the closing brace, at
   * the first byte that cannot be, or at `end`; `status` says which.
   */
  scan(bytes: Buffer, from: number, end: number, base: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = viewOf(bytes);
    }
    const shape = from === base + 1 ? this.#shape : undefined;
    if (shape === undefined) return this.#scan(bytes, from, end, base);
    const at = shape.walk(bytes, this.#view, base, end);
    if (at > base) this.#goOnBehind(shape.last, shape.high);
    if (shape.last.isLast) {
      this.known = shape.last;
      this.status = 'done';
      this.scanned += at - from;
      return at;
    }
    this.scanned += Math.max(0, at - from);
    const stop = this.#scan(bytes, Math.max(at, from), end, base);
    if (this.status === 'done' && !this.breaks) shape.learn(bytes, this.#view, base);
    return stop;
  }

  /** What was there is as if it had been scanned. */
  #goOnBehind({ behind, isLast }: ShapePiece, high: boolean): void {
    const { depth, deepest, levels, field, present, presentBeyond } = behind;
    this.high = high;
    this.deepest = deepest;
    this.present = present;
    this.presentBeyond = presentBeyond;
    if (isLast) return;
    this.#state = AFTER_VALUE;
    this.#depth = depth;
    this.#field = field;
    for (let level = 1; level <= depth; level++) this.#levels[level] = (levels >> level) & 1;
  }

  /** The state machine. */
  #scan(bytes: Buffer, from: number, end: number, base: number): number {
    const { starts } = this;
    const plain = this.#plain;
    const view = this.#view;
    let levels = this.#levels;
    let state = this.#state;
    let depth = this.#depth;
    let deepest = this.deepest;
    let inObject = levels[depth] === 1;
    let field = this.#field;
    let keyStart = this.#keyStart;
    let i = from;
    let status: ScanStatus = 'more';

    scanning: while (i < end) {
      let byte = bytes[i];
      switch (state) {
        case KEY_TEXT:
        case TEXT:
          i = plainEnd(bytes, view, i, end);
          if (i === end) break scanning;
          byte = bytes[i++];
          if (byte === QUOTE) {
            if (state === TEXT) {
              state = AFTER_VALUE;
              if (depth === 1 && field >= 0) this.#endField(field, i - base);
            } else {
              state = COLON;
              if (depth === 1) field = this.#fieldAt(bytes, base + keyStart, i - 1);
            }
          } else if (byte === BACKSLASH) {
            this.#escaped = true;
            state = state === TEXT ? TEXT_ESCAPE : KEY_ESCAPE;
          } else if (byte >= 0x80) {
            this.high = true;
            while (i < end && bytes[i] >= 0x80) i++;
          } else {
            i--;
            status = 'invalid';
            break scanning;
          }
          continue;

        case AFTER_VALUE:
          if (byte === COMMA) {
            i++;
            state = inObject ? KEY : VALUE;
            continue;
          }
          if (byte === (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
            i++;
            if (--depth <= 1) {
              if (depth === 0) {
                status = 'done';
                break scanning;
              }
              if (field >= 0) this.#endField(field, i - base);
            }
            inObject = levels[depth] === 1;
            continue;
          }
          break;

        case FIRST_KEY:
        case KEY:
          if (byte === QUOTE && depth > 1) {
            // No field of the frame's begins or ends in there.
            plain.high = this.high;
            i = plain.walk(bytes, view, i, end);
            state = plain.state;
            this.high = plain.high;
            continue;
          }
          if (byte === QUOTE) {
            i++;
            keyStart = i - base;
            this.#escaped = false;
            state = KEY_TEXT;
            continue;
          }
          if (byte === CLOSE_OBJECT && state === FIRST_KEY) {
            state = AFTER_VALUE;
            continue;
          }
          break;

        case COLON:
          if (byte === 0x3a) {
            i++;
            state = VALUE;
            continue;
          }
          break;

        case VALUE:
        case FIRST_VALUE:
          if (depth === 1 && field >= 0) starts[field] = i - base;
          if (byte === QUOTE) state = TEXT;
          else if (byte >= 0x31 && byte <= 0x39) state = INTEGER;
          else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
            if (++depth > deepest) {
              deepest = depth;
              if (depth === levels.length) levels = this.#growLevels();
            }
            inObject = byte === OPEN_OBJECT;
            levels[depth] = inObject ? 1 : 0;
            state = inObject ? FIRST_KEY : FIRST_VALUE;
          } else if (byte === 0x30) state = ZERO;
          else if (byte === 0x2d) state = MINUS;
          else if (byte === CLOSE_ARRAY && state === FIRST_VALUE) {
            state = AFTER_VALUE;
            continue;
          } else if (byte === 0x74 || byte === 0x66 || byte === 0x6e) {
            this.#word = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : NULL;
            this.#wordAt = 1;
            state = WORD;
          } else break;
          i++;
          continue;

        case INTEGER:
        case FRACTION:
        case EXPONENT_DIGITS:
          while (byte >= 0x30 && byte <= 0x39 && ++i < end) byte = bytes[i];
          if (i === end) break scanning;
          if (byte === 0x2e && state === INTEGER) {
            i++;
            state = POINT;
            continue;
          }
          if ((byte | 0x20) === 0x65 && state !== EXPONENT_DIGITS) {
            i++;
            state = EXPONENT;
            continue;
          }
          state = AFTER_VALUE;
          if (depth === 1 && field >= 0) this.#endField(field, i - base);
          continue;

        case ZERO:
          if (byte === 0x2e) {
            i++;
            state = POINT;
          } else if ((byte | 0x20) === 0x65) {
            i++;
            state = EXPONENT;
          } else {
            state = AFTER_VALUE;
            if (depth === 1 && field >= 0) this.#endField(field, i - base);
          }
          continue;

        case MINUS:
        case POINT:
        case EXPONENT:
        case EXPONENT_SIGN:
          if (byte >= 0x30 && byte <= 0x39) {
            if (state === MINUS) state = byte === 0x30 ? ZERO : INTEGER;
            else state = state === POINT ? FRACTION : EXPONENT_DIGITS;
          } else if (state === EXPONENT && (byte === 0x2b || byte === 0x2d)) state = EXPONENT_SIGN;
          else {
            status = 'invalid';
            break scanning;
          }
          i++;
          continue;

        case WORD:
          if (byte !== this.#word[this.#wordAt]) {
            status = 'invalid';
            break scanning;
          }
          i++;
          if (++this.#wordAt === this.#word.length) {
            state = AFTER_VALUE;
            if (depth === 1 && field >= 0) this.#endField(field, i - base);
          }
          continue;

        case KEY_ESCAPE:
        case TEXT_ESCAPE:
          if (byte === 0x75) {
            this.#hexLeft = 4;
            state = state === TEXT_ESCAPE ? TEXT_HEX : KEY_HEX;
          } else if (IS_ESCAPE[byte] === 1) state = state === TEXT_ESCAPE ? TEXT : KEY_TEXT;
          else {
            status = 'invalid';
            break scanning;
          }
          i++;
          continue;

        case KEY_HEX:
        case TEXT_HEX:
          if (IS_HEX[byte] === 0) {
            status = 'invalid';
            break scanning;
          }
          i++;
          if (--this.#hexLeft === 0) state = state === TEXT_HEX ? TEXT : KEY_TEXT;
          continue;
      }
      // Between tokens, and the byte is none that may come next: white space, or the end of our patience.
      if (byte === 0x0a || byte === 0x0d) this.breaks = true;
      else if (byte !== 0x20 && byte !== 0x09) {
        status = 'invalid';
        break;
      }
      i++;
    }

    this.#state = state;
    this.#depth = depth;
    this.deepest = deepest;
    this.#field = field;
    this.#keyStart = keyStart;
    this.status = status;
    this.scanned += i - from;
    return i;
  }

  /** Holds no bytes any more. Only between objects. */
  release(): void {
    this.#bytes = undefined;
    this.#view = NO_VIEW;
  }

  #endField(field: number, end: number): void {
    this.ends[field] = end;
    // A shift is modulo 32.
    if (field < 32) this.present |= 1 << field;
    else this.presentBeyond |= 1 << field;
  }

  #fieldAt(bytes: Buffer, start: number, end: number): number {
    return this.#escaped ? this.fields.findEscaped(bytes, start, end) : this.fields.find(bytes, start, end);
  }

  #growLevels(): Uint8Array<ArrayBuffer> {
    const grown = new Uint8Array(this.#levels.length * 2);
    grown.set(this.#levels);
    this.#levels = grown;
    return grown;
  }
}

import type { JsonScanner } from './json-scanner';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const NO_BYTES = Buffer.alloc(0);

/** The values of the object that a scanner has just been through, field by field, made only when asked for. */
export class ObjectValues {
  #bytes: Buffer = NO_BYTES;
  #base = 0;

  constructor(private readonly scanner: JsonScanner) {}

  /** The object begins at `bytes[base]`. */
  point(bytes: Buffer, base: number): void {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** Points at nothing: the bytes may go. */
  release(): void {
    this.#bytes = NO_BYTES;
    this.scanner.release();
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  has(field: number): boolean {
    const { present, presentBeyond } = this.scanner;
    return ((field < 32 ? present : presentBeyond) & (1 << field)) !== 0;
  }

  start(field: number): number {
    return this.#base + this.scanner.starts[field];
  }

  end(field: number): number {
    return this.#base + this.scanner.ends[field];
  }

  /** The field as a JSON value; `undefined` when it is absent. */
  value(field: number): unknown {
    return this.has(field) ? jsonValue(this.#bytes, this.start(field), this.end(field)) : undefined;
  }

  /** The field's bytes as they came; a view. */
  raw(field: number): Buffer {
    return this.#bytes.subarray(this.start(field), this.end(field));
  }

  /** A copy of the field's bytes, in which CR and LF between tokens are spaces. */
  payload(field: number): Buffer {
    const copy = Buffer.from(this.raw(field));
    if (this.scanner.breaks) joinLines(copy);
    return copy;
  }
}

/** Turns CR and LF into spaces. In valid JSON they stand between tokens only. */
export function joinLines(json: Uint8Array, from = 0, to = json.length): void {
  for (let at = from; at < to; at++) if (json[at] === LF || json[at] === CR) json[at] = SPACE;
}

/** The value of `bytes[start, end)`, which must be one valid JSON value in UTF-8, without white space around it. */
export function jsonValue(bytes: Buffer, start: number, end: number): unknown {
  const first = bytes[start];
  if (first === QUOTE && isPlainText(bytes, start + 1, end - 1))
    return bytes.toString('latin1', start + 1, end - 1);
  if (first >= 0x30 && first <= 0x39 && end - start <= 15) {
    const number = smallInteger(bytes, start, end);
    if (number >= 0) return number;
  }
  return JSON.parse(bytes.toString('utf8', start, end));
}

function isPlainText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH || bytes[at] >= 0x80) return false;
  return true;
}

/** The integer that `bytes[start, end)` spells in digits; -1 when it is some other number. */
function smallInteger(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

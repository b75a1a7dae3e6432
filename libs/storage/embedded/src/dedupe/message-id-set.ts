/** Counters that share one bitmap. */
const BLOCK = 256;
const BLOCK_WORDS = BLOCK / 32;

/**
 * The counter of an id of the form `<stem>-<counter>`: a plain decimal number of up to 15 digits behind the last
 * dash, so that both put together again give the same id. -1 for all others, which are their own stem: `a-07`.
 */
export function idCounter(id: string): number {
  const dash = id.lastIndexOf('-');
  const digits = id.length - dash - 1;
  if (dash < 0 || digits === 0 || digits > 15) return -1;
  if (digits > 1 && id.charCodeAt(dash + 1) === 48) return -1;
  let counter = 0;
  for (let i = dash + 1; i < id.length; i++) {
    const digit = id.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    counter = counter * 10 + digit;
  }
  return counter;
}

/** The members that share a stem. */
class Stem {
  /** Members. */
  size = 0;
  alone = false;
  /** Bitmaps of counters by counter / 256; the word behind the bits counts them. */
  readonly blocks = new Map<number, Uint32Array>();

  constructor(readonly text: string) {}
}

/**
 * An exact set of message ids that takes little memory for ids that count up: one bit each, where a client gives
 * one after the other, and no string. Members are named by a number for their stem, and their counter.
 */
export class MessageIdSet {
  readonly #stems: (Stem | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a stem; makes one up when it is new. */
  stemNumber(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#stems.length;
    this.#stems[number] = new Stem(text);
    this.#numbers.set(text, number);
    return number;
  }

  stemText(number: number): string {
    return this.#stems[number]!.text;
  }

  has(stem: string, counter: number): boolean {
    const number = this.#numbers.get(stem);
    if (number === undefined) return false;
    const found = this.#stems[number]!;
    return counter < 0 ? found.alone : hasBit(found, counter);
  }

  /** Whether the id became a member; `false` when it was one. */
  add(number: number, counter: number): boolean {
    const stem = this.#stems[number]!;
    if (counter < 0) {
      if (stem.alone) return false;
      stem.alone = true;
    } else if (!setBit(stem, counter)) return false;
    stem.size++;
    return true;
  }

  /** Takes a member out. Its stem keeps its number until `release`, so that this can be undone. */
  delete(number: number, counter: number): void {
    const stem = this.#stems[number]!;
    if (counter < 0) stem.alone = false;
    else clearBit(stem, counter);
    stem.size--;
  }

  /** Gives a stem's number up when it has no member left; another stem may get it then. */
  release(number: number): void {
    const stem = this.#stems[number];
    if (stem?.size !== 0) return;
    this.#numbers.delete(stem.text);
    this.#stems[number] = undefined;
    this.#free.push(number);
  }
}

function hasBit(stem: Stem, counter: number): boolean {
  const block = stem.blocks.get(Math.floor(counter / BLOCK));
  const bit = counter % BLOCK;
  return block !== undefined && (block[bit >>> 5] & (1 << (bit & 31))) !== 0;
}

function setBit(stem: Stem, counter: number): boolean {
  const key = Math.floor(counter / BLOCK);
  let block = stem.blocks.get(key);
  if (block === undefined) stem.blocks.set(key, (block = new Uint32Array(BLOCK_WORDS + 1)));
  const bit = counter % BLOCK;
  const mask = 1 << (bit & 31);
  if (block[bit >>> 5] & mask) return false;
  block[bit >>> 5] |= mask;
  block[BLOCK_WORDS]++;
  return true;
}

function clearBit(stem: Stem, counter: number): void {
  const key = Math.floor(counter / BLOCK);
  const block = stem.blocks.get(key)!;
  const bit = counter % BLOCK;
  block[bit >>> 5] &= ~(1 << (bit & 31));
  if (--block[BLOCK_WORDS] === 0) stem.blocks.delete(key);
}

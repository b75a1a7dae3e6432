import { numberIn, numbersKey, type RecordSpace } from '../../records/record-space';
import { decodeRetry, encodeRetry, type Retry } from './group-record';

/** Retries read at once. */
const PAGE = 1000;
/** So many are looked up one by one, rather than listed. */
const LOOKED_UP = 8;

/**
 * The messages of one group that failed, and come again: records, of which memory has the number, and their sequences
 * once a member wanted them.
 */
export class GroupRetries {
  readonly #space: RecordSpace;
  /** Comes before the sequence in a key. A purge gives another, and leaves the records behind. */
  #number: number;
  #size: number;
  #committedNumber: number;
  #committedSize: number;
  /** Whether there is one now, for each sequence that the commit changes. */
  readonly #staged = new Map<number, boolean>();
  /** Sequences of the committed ones. */
  #known: Set<number> | undefined;
  /** Those of them that were found so far. */
  #loading: Set<number> | undefined;
  /** Commits that have changed something. */
  #changes = 0;

  constructor(space: RecordSpace, number: number, size: number) {
    this.#space = space;
    this.#number = this.#committedNumber = number;
    this.#size = this.#committedSize = size;
  }

  /** As staged. */
  get number(): number {
    return this.#number;
  }

  /** As committed. */
  get size(): number {
    return this.#committedSize;
  }

  /** As staged. */
  get stagedSize(): number {
    return this.#size;
  }

  put(sequence: number, retry: Retry): void {
    if (!this.#has(sequence)) this.#size++;
    this.#staged.set(sequence, true);
    this.#space.put(this.#key(sequence), encodeRetry(retry));
  }

  /** There are none from `from` up to, but without, `to`. */
  forget(from: number, to: number): void {
    if (this.#size === 0) return;
    for (const sequence of this.#within(from, to)) {
      if (!this.#has(sequence)) continue;
      this.#size--;
      this.#staged.set(sequence, false);
      this.#space.delete(this.#key(sequence));
    }
  }

  /** There are none any more. Gives the number under which their records are left, as waste. */
  leave(number: number): number {
    const left = this.#number;
    this.#dropRecords();
    this.#staged.clear();
    this.#number = number;
    this.#size = 0;
    return left;
  }

  /** Its group is deleted in this commit: nothing of what was staged is written. */
  drop(): void {
    this.#dropRecords();
    this.rollback();
  }

  /** All that are committed, by their sequence: page by page, however many commits are done in between. */
  *read(): Iterable<[sequence: number, retry: Retry]> {
    const found = (this.#loading = new Set<number>());
    for (let from = 0, page = this.#page(from); page.length > 0; page = this.#page(from)) {
      const changes = this.#changes;
      for (const [key, value] of page) {
        // What was listed may be gone.
        if (this.#changes !== changes) break;
        const sequence = numberIn(key, 1);
        from = sequence + 1;
        found.add(sequence);
        yield [sequence, decodeRetry(value)];
      }
    }
    if (this.#loading === found) this.#known = found;
    this.#loading = undefined;
  }

  /** Nobody wants them for now. */
  release(): void {
    this.#known = this.#loading = undefined;
  }

  advance(): void {
    if (this.#number !== this.#committedNumber || this.#staged.size > 0) this.#changes++;
    for (const sequences of [this.#known, this.#loading]) {
      if (this.#number !== this.#committedNumber) sequences?.clear();
      for (const [sequence, isThere] of this.#staged) {
        if (isThere) sequences?.add(sequence);
        else sequences?.delete(sequence);
      }
    }
    this.#staged.clear();
    this.#committedNumber = this.#number;
    this.#committedSize = this.#size;
  }

  rollback(): void {
    this.#staged.clear();
    this.#number = this.#committedNumber;
    this.#size = this.#committedSize;
  }

  #page(from: number): [key: Buffer, value: Buffer][] {
    if (this.#committedSize === 0) return [];
    const number = this.#committedNumber;
    return this.#space.list(numbersKey(number, from), numbersKey(number + 1, 0), PAGE);
  }

  #has(sequence: number): boolean {
    const staged = this.#staged.get(sequence);
    if (staged !== undefined) return staged;
    if (this.#number !== this.#committedNumber) return false;
    return this.#known?.has(sequence) ?? this.#space.get(this.#key(sequence)) !== undefined;
  }

  /** Sequences that may have one. */
  #within(from: number, to: number): Iterable<number> {
    const most = this.#known === undefined ? LOOKED_UP : this.#known.size + this.#staged.size;
    if (to - from <= most) return range(from, to);
    const staged = [...this.#staged.keys()].filter((sequence) => sequence >= from && sequence < to);
    if (this.#number !== this.#committedNumber) return staged;
    return new Set([...staged, ...this.#committedWithin(from, to)]);
  }

  #committedWithin(from: number, to: number): number[] {
    if (this.#known !== undefined) {
      return [...this.#known].filter((sequence) => sequence >= from && sequence < to);
    }
    return this.#space.list(this.#key(from), this.#key(to)).map(([key]) => numberIn(key, 1));
  }

  #dropRecords(): void {
    for (const sequence of this.#staged.keys()) this.#space.delete(this.#key(sequence));
  }

  #key(sequence: number): Buffer {
    return numbersKey(this.#number, sequence);
  }
}

function* range(from: number, to: number): Iterable<number> {
  for (let sequence = from; sequence < to; sequence++) yield sequence;
}

import type { BatchOutline } from '@pochta/storage-embedded';

/** Numbers of an outline: the first sequence, how many messages, bytes of payloads. */
const NUMBERS = 3;
/** A power of 2, as all capacities are. */
const FIRST_CAPACITY = 2;

/** Outlines of one topic's batches, in the order of their sequences: numbers side by side, and no objects to collect. */
export class OutlineRing {
  #capacity = FIRST_CAPACITY;
  #numbers = new Float64Array(FIRST_CAPACITY * NUMBERS);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `firstSequence` is above all that are there. */
  push(firstSequence: number, count: number, bytes: number): void {
    if (this.#length === this.#capacity) this.#grow();
    const at = this.#place(this.#length++);
    this.#numbers[at] = firstSequence;
    this.#numbers[at + 1] = count;
    this.#numbers[at + 2] = bytes;
  }

  find(firstSequence: number): BatchOutline | undefined {
    const index = this.#search(firstSequence);
    const at = this.#place(index);
    if (index === this.#length || this.#numbers[at] !== firstSequence) return undefined;
    return { count: this.#numbers[at + 1], bytes: this.#numbers[at + 2] };
  }

  /** Forgets all that begin with this sequence or before it; gives how many that were. */
  forget(through: number): number {
    const count = this.#search(through + 1);
    this.#head = (this.#head + count) & (this.#capacity - 1);
    this.#length -= count;
    return count;
  }

  /** Index of the first one that does not begin before `sequence`. */
  #search(sequence: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[this.#place(middle)] < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #place(index: number): number {
    return ((this.#head + index) & (this.#capacity - 1)) * NUMBERS;
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#numbers.length);
    const start = this.#head * NUMBERS;
    grown.set(this.#numbers.subarray(start));
    grown.set(this.#numbers.subarray(0, start), this.#numbers.length - start);
    this.#numbers = grown;
    this.#capacity *= 2;
    this.#head = 0;
  }
}

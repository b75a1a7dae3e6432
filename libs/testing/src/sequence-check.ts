/** Says what is wrong with a run of numbers that should count up by one: what is missing, repeated, out of order. */
export interface SequenceReport {
  readonly count: number;
  readonly missing: readonly number[];
  readonly repeated: readonly number[];
  /** Numbers that came behind a higher one. */
  readonly late: readonly number[];
}

/** Collects numbers, and tells gaps and repeats. */
export class SequenceCheck {
  readonly #seen = new Set<number>();
  readonly #repeated: number[] = [];
  readonly #late: number[] = [];
  #highest = -Infinity;

  add(number: number): void {
    if (this.#seen.has(number)) this.#repeated.push(number);
    else if (number < this.#highest) this.#late.push(number);
    this.#seen.add(number);
    this.#highest = Math.max(this.#highest, number);
  }

  get count(): number {
    return this.#seen.size;
  }

  /** What is wrong with `first` up to and with `last`. */
  report(first: number, last: number): SequenceReport {
    const missing: number[] = [];
    for (let number = first; number <= last; number++) if (!this.#seen.has(number)) missing.push(number);
    return { count: this.#seen.size, missing, repeated: this.#repeated, late: this.#late };
  }
}

/** Throws unless the numbers are `first`, `first + 1`, … `last`, each once and in order. */
export function expectInOrder(numbers: Iterable<number>, first: number, last: number): void {
  const check = new SequenceCheck();
  for (const number of numbers) check.add(number);
  const { count, missing, repeated, late } = check.report(first, last);
  if (count === last - first + 1 && missing.length + repeated.length + late.length === 0) return;
  const some = (list: readonly number[]): string => `${list.length} [${list.slice(0, 10).join(', ')}]`;
  throw new Error(
    `expected ${first} to ${last}: ${count} came, missing ${some(missing)}, repeated ${some(repeated)}, late ${some(late)}`,
  );
}

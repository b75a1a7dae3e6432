import type { Turns } from '../turns';

/** How many messages the groups of a store have taken out of their logs and not settled, all together. */
export class UnsettledTotal {
  readonly #max: number;
  readonly #turns: Turns;
  #count = 0;
  /** Told when there is room. */
  readonly #waiting = new Set<() => void>();

  constructor(max: number, turns: Turns) {
    this.#max = max;
    this.#turns = turns;
  }

  get isFull(): boolean {
    return this.#count >= this.#max;
  }

  add(count: number): void {
    this.#count += count;
    if (count >= 0 || this.#waiting.size === 0 || this.isFull) return;
    for (const tell of this.#waiting) this.#turns.add(tell);
    this.#waiting.clear();
  }

  /** Calls `tell` in a later turn, when there is room. */
  waitFor(tell: () => void): void {
    this.#waiting.add(tell);
  }

  /** No more needs it to be told. */
  forget(tell: () => void): void {
    this.#waiting.delete(tell);
  }
}

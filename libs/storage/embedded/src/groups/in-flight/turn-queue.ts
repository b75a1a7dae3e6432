import { MAX_PRIORITY } from '@pochta/protocol';
import { Heap } from './heap';

/** A message that may be handed out. */
export interface NextTurn {
  readonly sequence: number;
  readonly priority: number;
}

/** Messages that may be handed out now, by priority, then by sequence. What is there no more is found out late. */
export class TurnQueue {
  readonly #levels: Heap<number>[];
  readonly #isThere: (sequence: number) => boolean;

  constructor(isThere: (sequence: number) => boolean) {
    this.#isThere = isThere;
    this.#levels = Array.from(
      { length: MAX_PRIORITY + 1 },
      () => new Heap<number>((one, other) => one < other),
    );
  }

  /** At most as many are there. */
  get size(): number {
    return this.#levels.reduce((size, level) => size + level.size, 0);
  }

  add(sequence: number, priority: number): void {
    this.#levels[priority].push(sequence);
  }

  /** Of the highest priority, the lowest sequence. */
  first(): NextTurn | undefined {
    for (let priority = MAX_PRIORITY; priority >= 0; priority--) {
      const sequence = this.#top(priority);
      if (sequence !== undefined) return { sequence, priority };
    }
    return undefined;
  }

  /** Of all priorities, the lowest sequence. */
  oldest(): NextTurn | undefined {
    let oldest: NextTurn | undefined;
    for (let priority = MAX_PRIORITY; priority >= 0; priority--) {
      const sequence = this.#top(priority);
      if (sequence === undefined || (oldest !== undefined && sequence > oldest.sequence)) continue;
      oldest = { sequence, priority };
    }
    return oldest;
  }

  /** The lowest sequence of a priority. */
  firstOf(priority: number): number | undefined {
    return this.#top(priority);
  }

  /** Removes the lowest sequence of a priority. */
  remove(priority: number): void {
    this.#levels[priority].pop();
  }

  clear(): void {
    for (const level of this.#levels) level.clear();
  }

  #top(priority: number): number | undefined {
    const level = this.#levels[priority];
    for (;;) {
      const sequence = level.first();
      if (sequence === undefined || this.#isThere(sequence)) return sequence;
      level.pop();
    }
  }
}

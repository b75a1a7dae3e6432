import { MAX_PRIORITY } from '@pochta/protocol';
import { Heap } from './heap';

/** Messages that are gone may stay until there are so many more of them than of others. */
const SLACK = 64;

/** A message that may be handed out. */
export interface NextTurn {
  readonly sequence: number;
  readonly priority: number;
}

/** Messages that may be handed out now, by priority, then by sequence. What is there no more is found out late. */
export class TurnQueue {
  readonly #levels: Heap<number>[];
  readonly #isThere: (sequence: number) => boolean;
  #size = 0;
  /** How many have been there, and are found out late. */
  #gone = 0;

  constructor(isThere: (sequence: number) => boolean) {
    this.#isThere = isThere;
    this.#levels = Array.from(
      { length: MAX_PRIORITY + 1 },
      () => new Heap<number>((one, other) => one < other),
    );
  }

  get size(): number {
    return this.#size;
  }

  add(sequence: number, priority: number): void {
    this.#levels[priority].push(sequence);
    this.#size++;
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
    this.#size--;
  }

  /** One that was added is not there any more. */
  forget(): void {
    this.#size--;
    if (++this.#gone <= this.#size + SLACK) return;
    for (const level of this.#levels) level.keep(this.#isThere);
    this.#gone = 0;
  }

  clear(): void {
    for (const level of this.#levels) level.clear();
    this.#size = this.#gone = 0;
  }

  #top(priority: number): number | undefined {
    const level = this.#levels[priority];
    for (;;) {
      const sequence = level.first();
      if (sequence === undefined || this.#isThere(sequence)) return sequence;
      level.pop();
      this.#gone--;
    }
  }
}

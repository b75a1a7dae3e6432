import { TurnBudget } from '../turn-budget';

/**
 * Lets the subscriptions of one connection read one page at a time, in turn: none is starved, and a thousand that are
 * behind do not fill the memory with a thousand pages before the first of them finds the outlet full. They read for some
 * ms of a turn of the event loop: pages that need not be waited for would be read in one go.
 */
export class PageTurns {
  readonly #budget: TurnBudget;
  #last: Promise<void> = Promise.resolve();

  constructor(budget = new TurnBudget()) {
    this.#budget = budget;
  }

  /** Waits for its turn; the turn lasts until the returned function is called. */
  async take(): Promise<() => void> {
    const previous = this.#last;
    let release!: () => void;
    this.#last = new Promise((resolve) => (release = resolve));
    await previous;
    if (this.#budget.isSpent()) await this.#budget.next();
    return release;
  }
}

import { errorFor } from '@pochta/protocol';

/** The positions that all subscriptions of a broker may hold together: each is about a kilobyte of memory. */
export class PositionBudget {
  #left: number;

  constructor(private readonly limit: number) {
    this.#left = limit;
  }

  /** What one subscription holds of it; nothing at first. */
  lease(): PositionLease {
    return new PositionLease(this);
  }

  /** For a lease. Throws `TOO_MANY_SUBSCRIPTIONS`; then none is taken. A count below 0 is given back. */
  take(count: number): void {
    if (count > this.#left) {
      const text = `Too many subscriptions: at most ${this.limit} positions in all`;
      throw errorFor('TOO_MANY_SUBSCRIPTIONS', text);
    }
    this.#left -= count;
  }
}

export class PositionLease {
  #held = 0;

  constructor(private readonly budget: PositionBudget) {}

  /** Throws `TOO_MANY_SUBSCRIPTIONS`; then none is taken. */
  take(count: number): void {
    this.budget.take(count);
    this.#held += count;
  }

  /** Gives back some of what was taken. */
  giveBack(count: number): void {
    this.take(-count);
  }

  /** Gives back all. May be called twice. */
  release(): void {
    this.giveBack(this.#held);
  }
}

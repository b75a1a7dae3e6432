import { errorFor } from '@pochta/protocol';

/** The positions that all subscriptions of a broker may hold together: each is about a kilobyte of memory. */
export class PositionBudget {
  #left: number;

  constructor(private readonly limit: number) {
    this.#left = limit;
  }

  /** What one subscription holds of it; nothing at first. */
  lease(): PositionLease {
    let held = 0;
    return {
      take: (count) => {
        if (count > this.#left) {
          const text = `Too many subscriptions: at most ${this.limit} positions in all`;
          throw errorFor('TOO_MANY_SUBSCRIPTIONS', text);
        }
        this.#left -= count;
        held += count;
      },
      giveBack: (count) => {
        this.#left += count;
        held -= count;
      },
      release: () => {
        this.#left += held;
        held = 0;
      },
    };
  }
}

export interface PositionLease {
  /** Throws `TOO_MANY_SUBSCRIPTIONS`; then none is taken. */
  take(count: number): void;
  /** Gives back some of what was taken. */
  giveBack(count: number): void;
  /** Gives back all. May be called twice. */
  release(): void;
}

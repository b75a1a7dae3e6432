/** ms that one kind of work may take of a turn of the event loop: all peers wait meanwhile. */
const TURN_BUDGET = 8;

const monotonicNow = () => performance.now();

/** How much longer some work may go on in this turn of the event loop, before others have their turn. */
export class TurnBudget {
  readonly #now: () => number;
  /** When the budget of this turn is used up; 0 before it has begun. */
  #ends = 0;

  /** `now`: the time in ms, of a clock that nobody sets. */
  constructor(now: () => number = monotonicNow) {
    this.#now = now;
  }

  /** Whether this turn's budget is used up, which begins with the first time that this is asked in a turn. */
  isSpent(): boolean {
    if (this.#ends !== 0) return this.#now() >= this.#ends;
    this.#ends = this.#now() + TURN_BUDGET;
    setImmediate(this.#onNextTurn);
    return false;
  }

  /** Resolves in a turn in which the budget is not used up. */
  async next(): Promise<void> {
    while (this.isSpent()) await new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onNextTurn = (): void => {
    this.#ends = 0;
  };
}

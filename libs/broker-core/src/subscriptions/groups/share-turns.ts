/** ms that all groups of a broker may share out in one turn of the event loop: all peers wait meanwhile. */
const TURN_BUDGET = 8;

type Share = () => void;

/**
 * Lets the groups of a broker share out one after the other, behind all that a turn of the event loop has settled or
 * committed: in that turn as long as its budget lasts, and in the next ones after that. The first one of a turn always
 * has its chance.
 */
export class ShareTurns {
  readonly #now: () => number;
  /** Those whose turn it is. */
  #line: Share[] = [];
  /** Index of the next one in `#line`. */
  #next = 0;
  /** Those that come after them. */
  #behind: Share[] = [];
  #running = false;
  /** When the budget of this turn is used up; 0 before it has begun. */
  #turnEnds = 0;

  /** `now`: the time in ms, of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Has `share` called behind all microtasks; the microtasks that it leads to count too. */
  add(share: Share): void {
    this.#behind.push(share);
    if (this.#running) return;
    this.#running = true;
    process.nextTick(this.#run);
  }

  readonly #run = (): void => {
    if (this.#turnEnds === 0) {
      this.#turnEnds = this.#now() + TURN_BUDGET;
      setImmediate(this.#onNextTurn);
    } else if (this.#now() >= this.#turnEnds) return;
    this.#take()?.();
    this.#running = this.#next < this.#line.length || this.#behind.length > 0;
    // A tick that a microtask asks for comes after all microtasks, those of what was just done too.
    if (this.#running) queueMicrotask(this.#tick);
  };

  readonly #tick = (): void => process.nextTick(this.#run);

  readonly #onNextTurn = (): void => {
    this.#turnEnds = 0;
    if (this.#running) this.#run();
  };

  #take(): Share | undefined {
    if (this.#next === this.#line.length) {
      this.#line = this.#behind;
      this.#behind = [];
      this.#next = 0;
    }
    return this.#line[this.#next++];
  }
}

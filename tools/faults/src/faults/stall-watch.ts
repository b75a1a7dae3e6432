/** ms between two looks. */
const INTERVAL = 200;
/** ms without progress after which who is paused has to go on: it may be what everybody waits for. */
const QUIET = 1500;

/** Notices that nothing gets on any more. */
export class StallWatch {
  #last = -1;
  #since = performance.now();
  #timer: NodeJS.Timeout;

  constructor(
    /** A number that changes with every bit of progress; that messages come again and again is none. */
    private readonly measure: () => number,
    /** ms without progress after which a round cannot go on. */
    private readonly patience: number,
    private readonly onQuiet: () => void,
    private readonly onStall: () => void,
  ) {
    this.#timer = setInterval(() => this.#look(), INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const measured = this.measure();
    if (measured !== this.#last) {
      this.#last = measured;
      this.#since = now;
    } else if (now - this.#since >= this.patience) {
      this.stop();
      this.onStall();
    } else if (now - this.#since >= QUIET) this.onQuiet();
  }
}

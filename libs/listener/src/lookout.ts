/** ms: about what it takes to sleep and be woken where that is dear, as on virtual machines. */
const LONGEST = 0.05;
/** Most turns that are slept after at once, after others have been looked out after in vain. */
const MOST_SKIPPED = 64;

/**
 * Looks out for what comes next for a moment before the event loop sleeps: it polls without waiting. A peer that replies at
 * once, or asks again, does so sooner than a sleeping process is woken, which costs more than to handle a frame, and costs
 * whoever wakes it as well.
 *
 * Where nothing comes in time, it is tried less and less often, down to one turn of 65. A broker that is idle sleeps.
 */
export class Lookout {
  #until = 0;
  #looking = false;
  #toSkip = 0;
  #nextSkip = 1;

  constructor(private readonly now: () => number = () => performance.now()) {}

  get looking(): boolean {
    return this.#looking;
  }

  /** A turn is over. */
  begin(): void {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    this.#until = this.now() + LONGEST;
    this.#looking = true;
    setImmediate(this.#look);
  }

  /** The next one has begun. */
  end(): void {
    if (!this.#looking) return;
    this.#looking = false;
    this.#nextSkip = 1;
  }

  readonly #look = (): void => {
    if (!this.#looking) return;
    if (this.now() < this.#until) {
      setImmediate(this.#look);
      return;
    }
    this.#looking = false;
    this.#toSkip = this.#nextSkip;
    this.#nextSkip = Math.min(MOST_SKIPPED, 2 * this.#nextSkip);
  };
}

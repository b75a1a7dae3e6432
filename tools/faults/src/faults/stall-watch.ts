import type { History } from '../history/history';

/** ms between two looks. */
const INTERVAL = 200;
/** ms without an event after which who is paused has to go on: it may be what everybody waits for. */
const QUIET = 1500;

/** Notices that nothing happens any more. */
export class StallWatch {
  #events = -1;
  #since = performance.now();
  #timer: NodeJS.Timeout;

  constructor(
    private readonly history: History,
    /** ms without an event after which a round cannot go on. */
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
    if (this.history.events.length !== this.#events) {
      this.#events = this.history.events.length;
      this.#since = now;
    } else if (now - this.#since >= this.patience) {
      this.stop();
      this.onStall();
    } else if (now - this.#since >= QUIET) this.onQuiet();
  }
}

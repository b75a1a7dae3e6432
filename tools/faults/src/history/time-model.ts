import type { Event } from './events';

interface Step {
  readonly at: number;
  readonly value: number;
}

/**
 * What is known of the broker's time, which is not this process's: its wall clock is stepped, and where it is set back
 * the broker's time goes on at the pace of real time. So at a moment there are a time that the broker's has reached
 * for certain, and one that it cannot have passed.
 */
export class TimeModel {
  /** The lowest offset that the wall clock may have, from each moment on. */
  readonly #lowest: Step[] = [{ at: 0, value: 0 }];
  /** The highest offset that the wall clock has ever had, from each moment on. */
  readonly #highest: Step[] = [{ at: 0, value: 0 }];
  /** The latest time that a message was known to be stored at, less the moment, since the broker was started. */
  readonly #stored: Step[] = [{ at: 0, value: -Infinity }];
  #offset = 0;

  /** In ms since the epoch: the broker's time was this or later at the moment `at`. */
  atLeast(at: number): number {
    return at + Math.max(valueAt(this.#lowest, at), valueAt(this.#stored, at));
  }

  /** In ms since the epoch: the broker's time was this or earlier at the moment `at`. */
  atMost(at: number): number {
    return at + valueAt(this.#highest, at);
  }

  /** To be called with every event, in order. */
  note(event: Event): void {
    if (event.type === 'clock') {
      const value = event.done ? event.offset : Math.min(event.offset, this.#offset);
      this.#lowest.push({ at: event.at, value });
      const highest = this.#highest[this.#highest.length - 1].value;
      if (event.offset > highest) this.#highest.push({ at: event.at, value: event.offset });
      if (event.done) this.#offset = event.offset;
    } else if (event.type === 'broker') {
      // What it knew of a wall clock that was ahead is forgotten.
      this.#stored.push({ at: event.at, value: -Infinity });
    } else if (event.type === 'delivered') {
      const ahead = event.timestamp - event.at;
      if (ahead > this.#stored[this.#stored.length - 1].value)
        this.#stored.push({ at: event.at, value: ahead });
    }
  }
}

/** The value of the last step that is not after `at`. */
function valueAt(steps: readonly Step[], at: number): number {
  let low = 0;
  let high = steps.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle].at <= at) low = middle;
    else high = middle;
  }
  return steps[low].value;
}

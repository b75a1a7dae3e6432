import type { Clock, Wake } from './clock';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is turned: for tests. */
export class ManualClock implements Clock {
  /** The wall clock, in ms since the epoch; may be set back and forth, which lets no time pass. */
  wall: number;
  #elapsed = 0;
  readonly #timers = new Set<Timer>();

  constructor(wall = 1_700_000_000_000) {
    this.wall = wall;
  }

  /** How many want to be woken. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** ms until the next one wants to be woken; `Infinity` when nobody does. */
  get untilNext(): number {
    const next = this.#next(Infinity);
    return next === undefined ? Infinity : Math.max(0, next.due - this.#elapsed);
  }

  now(): number {
    return this.wall;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  wake(delay: number, callback: () => void): Wake {
    const timer = { due: this.#elapsed + Math.max(0, delay), callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Lets `ms` pass, and calls those who wanted to be woken, in their order. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#pass(Math.max(0, next.due - this.#elapsed));
      next.callback();
    }
    this.#pass(end - this.#elapsed);
  }

  #pass(ms: number): void {
    this.#elapsed += ms;
    this.wall += ms;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

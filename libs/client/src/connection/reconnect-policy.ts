import type { ReconnectOptions } from './connect-options';

/** When to try again: exponential backoff with jitter. */
export class ReconnectPolicy {
  readonly #initialDelay: number;
  readonly #maxDelay: number;
  readonly #jitter: number;
  readonly #random: () => number;
  readonly maxAttempts: number;

  constructor(options: ReconnectOptions | false = {}, random: () => number = Math.random) {
    const {
      initialDelay = 100,
      maxDelay = 5000,
      jitter = 0.2,
      maxAttempts = Infinity,
    } = options || { maxAttempts: 0 };
    this.#initialDelay = initialDelay;
    this.#maxDelay = Math.max(initialDelay, maxDelay);
    this.#jitter = jitter;
    this.maxAttempts = maxAttempts;
    this.#random = random;
  }

  /** ms; connections that lived for less do not count as a recovery, so that the backoff goes on. */
  get stableAfter(): number {
    return this.#maxDelay;
  }

  /** ms before an attempt, after `failures` failed rounds. Never above `maxDelay`; the jitter shortens it. */
  delay(failures: number): number {
    const full = Math.min(this.#initialDelay * 2 ** Math.min(failures, 30), this.#maxDelay);
    return Math.round(full * (1 - this.#jitter * this.#random()));
  }
}

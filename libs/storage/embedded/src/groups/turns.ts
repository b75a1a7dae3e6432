import { Fifo } from '../fifo';

/** Does what goes on later: one thing in each turn of the event loop, so that many of them hold up nobody. */
export class Turns {
  readonly #waiting = new Fifo<() => void>();

  /** `work` must not throw. */
  add(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length === 1) setImmediate(this.#next);
  }

  readonly #next = (): void => {
    const work = this.#waiting.at(0)!;
    work();
    this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(this.#next);
  };
}

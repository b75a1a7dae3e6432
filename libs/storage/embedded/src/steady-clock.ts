/** Time for measuring ages, made of a wall clock that may be set back: it then goes on from where it was. */
export class SteadyClock {
  #time: number;
  #last: number;

  /** `now`: the wall clock, in ms since the epoch. */
  constructor(now: number) {
    this.#time = now;
    this.#last = now;
  }

  read(now: number): number {
    if (now > this.#last) this.#time += now - this.#last;
    this.#last = now;
    return this.#time;
  }
}

/** When something is to be done by itself: not before that, but perhaps later. In store time, in ms since the epoch. */
export class DueTime {
  #value = Infinity;
  #committed = Infinity;

  /** As staged; `Infinity` when there is nothing to do. */
  get value(): number {
    return this.#value;
  }

  /** There is something to do at `time`, too. */
  by(time: number): void {
    if (time < this.#value) this.#value = time;
  }

  /** There is nothing to do before `time`. */
  set(time: number): void {
    this.#value = time;
  }

  advance(): void {
    this.#committed = this.#value;
  }

  /** A time that is too early does no harm: there is nothing to do then. */
  rollback(): void {
    this.#value = Math.min(this.#value, this.#committed);
  }
}

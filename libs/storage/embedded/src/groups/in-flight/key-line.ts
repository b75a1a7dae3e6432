import { Fifo } from '../../fifo';
import { Parked } from './hold';

/** Messages that are gone may stay until there are so many more of them than of others. */
const SLACK = 64;

/** Messages of one key that wait for an earlier one: numbers only. */
export class KeyLine {
  #sequences: Fifo<number> | undefined;
  /** By priority; shared by all that are parked with it. */
  readonly #holds: Parked[] = [];
  /** Of the sequences, how many are parked no more. */
  #gone = 0;

  constructor(readonly key: string) {}

  park(sequence: number, priority: number): Parked {
    (this.#sequences ??= new Fifo()).push(sequence);
    return (this.#holds[priority] ??= new Parked(this, priority));
  }

  /** Gives the next one that is still parked; it is so no more. */
  next(isParked: (sequence: number) => boolean): number | undefined {
    for (let next = this.#sequences?.shift(); next !== undefined; next = this.#sequences?.shift()) {
      if (isParked(next)) return next;
      this.#gone--;
    }
    return undefined;
  }

  /** One that was parked is gone. */
  forget(isParked: (sequence: number) => boolean): void {
    this.#gone++;
    const all = this.#sequences;
    if (all === undefined || this.#gone * 2 <= all.length + SLACK) return;
    const parked = new Fifo<number>();
    for (let index = 0; index < all.length; index++)
      if (isParked(all.at(index)!)) parked.push(all.at(index)!);
    this.#sequences = parked;
    this.#gone = 0;
  }
}

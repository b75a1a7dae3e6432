import { Fifo } from '../../fifo';
import { Heap } from './heap';
import type { Run, Wait } from './hold';

/** Runs and waits that are over may stay until there are so many more than others. */
const SLACK = 64;

/** When what a group has handed out counts as failed, and when what failed comes again; in ms by `elapsed`. */
export class Deadlines {
  /** All deadlines are as far from when they began, so that they come in the order of the runs. */
  #runs = new Fifo<Run>();
  #open = 0;
  readonly #waits = new Heap<Wait>((one, other) => one.due < other.due);
  /** Of the waits, how many are over before they are due. */
  #ended = 0;

  /** Something was handed out. */
  begin(run: Run): void {
    this.#firstRun();
    this.#runs.push(run);
    this.#open++;
    if (this.#runs.length > 2 * this.#open + SLACK) this.#compact();
  }

  /** Nothing of a run is in flight any more. */
  end(): void {
    this.#open--;
  }

  wait(wait: Wait): void {
    this.#waits.push(wait);
  }

  /** Its message is gone. */
  endWait(wait: Wait): void {
    wait.over = true;
    if (++this.#ended * 2 <= this.#waits.size + SLACK) return;
    this.#waits.keep(({ over }) => !over);
    this.#ended = 0;
  }

  /** When the next wait is over; `Infinity` when there is none. */
  get nextDue(): number {
    return this.#waits.first()?.due ?? Infinity;
  }

  /** When something is to be done; `Infinity` when nothing is. */
  next(): number {
    return Math.min(this.#firstRun()?.deadline ?? Infinity, this.nextDue);
  }

  /** The first run of which messages are in flight too long. */
  overdue(now: number): Run | undefined {
    const first = this.#firstRun();
    return first !== undefined && first.deadline <= now ? first : undefined;
  }

  /** The waits that are over. */
  due(now: number): Wait[] {
    const due: Wait[] = [];
    for (
      let first = this.#waits.first();
      first !== undefined && first.due <= now;
      first = this.#waits.first()
    ) {
      if (first.over) this.#ended--;
      else due.push(first);
      this.#waits.pop();
    }
    return due;
  }

  clear(): void {
    this.#runs.clear();
    this.#open = 0;
    this.#waits.clear();
    this.#ended = 0;
  }

  /** Of those that are not over. */
  #firstRun(): Run | undefined {
    for (let first = this.#runs.at(0); first?.left === 0; first = this.#runs.at(0)) this.#runs.shift();
    return this.#runs.at(0);
  }

  #compact(): void {
    const open = new Fifo<Run>();
    for (let index = 0; index < this.#runs.length; index++) {
      const run = this.#runs.at(index)!;
      if (run.left > 0) open.push(run);
    }
    this.#runs = open;
  }
}

import type { Flushable, FlushTurn } from './flush-turn';

/** ms that one peer's frames may take of a turn of the event loop: all other peers wait meanwhile. */
const TURN_BUDGET = 10;

/**
 * What a peer's frames ask for, in their order: done at once, or parked while the peer may have no more of it done, in
 * this turn or at all.
 */
export class TurnWork implements Flushable {
  #parked: (() => void)[] = [];
  /** Index of the next one in `#parked`. */
  #next = 0;
  #takingUp = false;
  /** When the budget of this turn is used up; 0 before anything has been done in it. */
  #turnEnds = 0;

  constructor(
    private readonly turn: FlushTurn,
    /** Whether the peer's backlog lets more be done. */
    private readonly hasRoom: () => boolean,
    /** A new turn has begun, in which parked work can be taken up. */
    private readonly onNextTurn: () => void,
  ) {}

  get isParked(): boolean {
    return this.#next < this.#parked.length;
  }

  do(work: () => void): void {
    if (!this.isParked && this.#mayGoOn()) work();
    else this.#parked.push(work);
  }

  /** Goes on with what is parked. */
  takeUp(): void {
    if (this.#takingUp) return;
    this.#takingUp = true;
    while (this.isParked && this.#mayGoOn()) this.#parked[this.#next++]();
    this.#takingUp = false;
    if (!this.isParked) this.drop();
  }

  drop(): void {
    this.#parked = [];
    this.#next = 0;
  }

  flush(): void {
    this.#turnEnds = 0;
    if (this.isParked) this.onNextTurn();
  }

  #mayGoOn(): boolean {
    if (!this.hasRoom()) return false;
    const now = performance.now();
    if (this.#turnEnds !== 0) return now < this.#turnEnds;
    this.#turnEnds = now + TURN_BUDGET;
    this.turn.add(this);
    return true;
  }
}

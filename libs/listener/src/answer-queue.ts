/** The place of one request's answer in the line of its connection. */
export interface Slot {
  /** Bytes that count as the peer's backlog until the answer has left. */
  readonly cost: number;
  /** Whether the answer can leave once all before it have. */
  readonly ready: boolean;
  /** Hands the answer to the outbox. */
  leave(): void;
}

/** Answers leave in the order of their requests, whichever is ready first. */
export class AnswerQueue {
  #slots: Slot[] = [];
  /** Index of the oldest open slot in `#slots`. */
  #head = 0;
  #cost = 0;
  #releasing = false;

  /** Costs of all open slots. */
  get cost(): number {
    return this.#cost;
  }

  get empty(): boolean {
    return this.#head === this.#slots.length;
  }

  open(slot: Slot): void {
    this.#slots.push(slot);
    this.#cost += slot.cost;
  }

  /** Lets go of every slot at the head that is ready. */
  release(): void {
    // What leaves may make others ready; the loop below gets to them.
    if (this.#releasing) return;
    this.#releasing = true;
    while (this.#head < this.#slots.length && this.#slots[this.#head].ready) {
      const slot = this.#slots[this.#head++];
      this.#cost -= slot.cost;
      slot.leave();
    }
    this.#releasing = false;
    if (this.#head === this.#slots.length) this.#slots = [];
    else if (this.#head > 1024) this.#slots.splice(0, this.#head);
    else return;
    this.#head = 0;
  }
}

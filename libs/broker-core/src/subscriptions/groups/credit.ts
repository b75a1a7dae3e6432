import type { InFlightTotal } from './in-flight-total';

/** What may go on once there is credit. */
export interface CreditWaiter {
  onCredit(): void;
}

/**
 * How many more messages a subscription to a consumer group may be given: its prefetch less what is in flight and what
 * is being fetched. With a filter, one credit for all of its topics.
 */
export class Credit {
  #inFlight = 0;
  #asked = 0;
  readonly #waiting = new Set<CreditWaiter>();

  constructor(
    private readonly prefetch: number,
    private readonly total: InFlightTotal,
  ) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  get left(): number {
    return this.prefetch - this.#inFlight - this.#asked;
  }

  /** More or fewer messages are in flight. */
  addInFlight(delta: number): void {
    this.#inFlight += delta;
    this.total.add(delta);
  }

  /** So many are being fetched; less than 0: no more. */
  addAsked(delta: number): void {
    this.#asked += delta;
  }

  /** Whoever waits is called once there is credit, those that wait longest first. */
  waitFor(waiter: CreditWaiter): void {
    this.#waiting.add(waiter);
  }

  forget(waiter: CreditWaiter): void {
    this.#waiting.delete(waiter);
  }

  /** Calls as many as there is credit for; each can use one at least, or hands the rest on with another call. */
  wake(): void {
    let { left } = this;
    for (const waiter of this.#waiting) {
      if (left-- <= 0) return;
      this.#waiting.delete(waiter);
      waiter.onCredit();
    }
  }
}

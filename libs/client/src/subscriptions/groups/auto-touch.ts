import type { Deadline, Deadlines } from '../../deadlines';
import { TOUCH, Touch } from './group-delivery';
import type { Membership } from './membership';

/** Touches what a member holds before its ack deadline passes: one timer, and one frame for a topic, for all of it. */
export class AutoTouch {
  #next: Deadline | undefined;

  constructor(
    private readonly deadlines: Deadlines,
    /** ms that a delivery goes untouched at most; 0: none is touched. */
    public interval: number,
  ) {}

  /** The member holds something. */
  start(membership: Membership): void {
    if (this.interval === 0 || this.#next !== undefined) return;
    // Twice as often as anything may be due, so that nothing is late by more than half.
    this.#next = this.deadlines.after(this.interval / 2, () => this.#touch(membership));
  }

  stop(): void {
    this.#next?.cancel();
    this.#next = undefined;
  }

  #touch(membership: Membership): void {
    this.#next = undefined;
    if (!membership.current || membership.size === 0) return;
    const now = performance.now();
    for (const delivery of membership.held()) {
      if (!delivery.open || now - delivery.touchedAt < this.interval / 2) continue;
      delivery.touchedAt = now;
      membership.ask(TOUCH, new Touch(delivery, membership));
    }
    this.start(membership);
  }
}

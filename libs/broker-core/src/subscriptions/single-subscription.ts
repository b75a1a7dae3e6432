import type { Credit } from './groups/credit';
import type { PositionLease } from './position-budget';
import type { Subscription } from './subscription';
import type { SubscriptionPart } from './subscription-part';

export interface SingleSubscriptionContext {
  readonly lease: PositionLease;
  /** Only with a group. */
  readonly credit: Credit | undefined;
}

/** A subscription to one topic. */
export class SingleSubscription implements Subscription {
  readonly time = undefined;
  #part: SubscriptionPart | undefined;
  #sequence: number | undefined;
  #closed = false;

  constructor(
    readonly name: string,
    readonly topic: string,
    readonly group: string | undefined,
    private readonly context: SingleSubscriptionContext,
  ) {}

  get epoch(): string | undefined {
    return this.#part?.epoch;
  }

  get ackDeadline(): number | undefined {
    return this.#part?.ackDeadline;
  }

  get sequence(): number | undefined {
    return this.#sequence;
  }

  async open(openPart: () => Promise<SubscriptionPart>): Promise<void> {
    this.context.lease.take(1);
    this.#part = await openPart();
    this.#sequence = this.#part.sequence;
    if (this.#closed) this.#part.close();
  }

  start(onCaughtUp?: () => void): void {
    if (this.#part !== undefined) this.#part.start(onCaughtUp);
    else onCaughtUp?.();
  }

  get inFlight(): number | undefined {
    return this.context.credit?.inFlight;
  }

  positionIn(topic: string): number {
    return topic === this.topic && this.#part !== undefined ? this.#part.nextPush : Infinity;
  }

  resume(): void {
    this.#part?.resume();
  }

  close(): void {
    this.#closed = true;
    this.context.lease.release();
    this.#part?.close();
  }
}

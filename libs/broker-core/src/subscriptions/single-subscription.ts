import type { PositionLease } from './position-budget';
import type { Subscription } from './subscription';
import type { TopicSubscription } from './topic-subscription';

/** A subscription to one topic. */
export class SingleSubscription implements Subscription {
  readonly time = undefined;
  #inner: TopicSubscription | undefined;
  #sequence: number | undefined;
  #closed = false;

  constructor(
    readonly name: string,
    readonly topic: string,
    private readonly openTopic: () => Promise<TopicSubscription>,
    private readonly lease: PositionLease,
  ) {}

  get epoch(): string | undefined {
    return this.#inner?.style.epoch;
  }

  get sequence(): number | undefined {
    return this.#sequence;
  }

  async open(): Promise<void> {
    this.lease.take(1);
    this.#inner = await this.openTopic();
    this.#sequence = this.#inner.position;
    if (this.#closed) this.#inner.close();
  }

  start(onCaughtUp?: () => void): void {
    if (this.#inner !== undefined) this.#inner.start(onCaughtUp);
    else onCaughtUp?.();
  }

  positionIn(topic: string): number {
    return topic === this.topic && this.#inner?.started ? this.#inner.position : Infinity;
  }

  resume(): void {
    this.#inner?.resume();
  }

  close(): void {
    this.#closed = true;
    this.lease.release();
    this.#inner?.close();
  }
}

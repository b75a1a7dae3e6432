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
  ) {}

  get epoch(): string | undefined {
    return this.#inner?.style.epoch;
  }

  get sequence(): number | undefined {
    return this.#sequence;
  }

  async open(): Promise<void> {
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
    this.#inner?.close();
  }
}

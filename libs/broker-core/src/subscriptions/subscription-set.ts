import {
  errorFor,
  isByTopic,
  isTopicFilter,
  PochtaError,
  type PushStyle,
  type StartPosition,
} from '@pochta/protocol';
import type { BrokerParts } from '../broker-parts';
import type { Outlet } from '../outlet';
import type { Publisher } from '../publisher';
import { afterCreation } from '../topics/after-creation';
import { checkReserved } from '../topics/reserved-topic';
import { FilterSubscription } from './filter-subscription';
import { PageTurns } from './page-turns';
import { SingleSubscription } from './single-subscription';
import type { SubscribeOptions, Subscription } from './subscription';
import { TopicSubscription } from './topic-subscription';

/** A subscription that has its place among the others, and is on its way to the log. */
interface Opening {
  readonly subscription: Subscription;
  readonly opened: Promise<void>;
}

/** The subscriptions of one connection, by name: they share its outlet, and take turns at reading. */
export class SubscriptionSet {
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #turns = new PageTurns();
  #closed = false;

  constructor(
    private readonly broker: BrokerParts,
    private readonly outlet: Outlet,
    private readonly publisher: Publisher,
  ) {}

  get size(): number {
    return this.#subscriptions.size;
  }

  /** See `Connection.inFlight`. */
  get inFlight(): number {
    let sum = 0;
    for (const { inFlight = 0 } of this.#subscriptions.values()) sum += inFlight;
    return sum;
  }

  /** See `Connection.subscribe`. */
  async open(options: SubscribeOptions): Promise<Subscription> {
    const name = options.name ?? options.topic;
    this.#checkRoom(name, options.topic);
    const { subscription, opened } = this.#begin(name, options);
    // Taken before anything is awaited, so that a second subscribe in the same chunk is refused.
    this.#subscriptions.set(name, subscription);
    try {
      await opened;
    } catch (error) {
      this.#subscriptions.delete(name);
      subscription.close();
      throw error;
    }
    if (this.#closed) subscription.close();
    return subscription;
  }

  /** See `Connection.unsubscribe`. */
  end(which: { readonly name?: string; readonly topic?: string }): void {
    for (const [name, subscription] of this.#subscriptions) {
      if (which.name !== undefined ? which.name !== name : which.topic !== subscription.topic) continue;
      this.#subscriptions.delete(name);
      subscription.close();
      return;
    }
    throw errorFor('NOT_SUBSCRIBED');
  }

  /** The next sequence of this topic that one of them will push; `Infinity` when none pushes it. */
  positionIn(topic: string): number {
    let position = Infinity;
    for (const subscription of this.#subscriptions.values()) {
      position = Math.min(position, subscription.positionIn(topic));
    }
    return position;
  }

  /** The outlet is writable again. */
  resume(): void {
    for (const [name, subscription] of [...this.#subscriptions]) {
      if (!this.outlet.writable) return;
      // To the end of the line: the next time others come first, so that none is starved.
      this.#subscriptions.delete(name);
      this.#subscriptions.set(name, subscription);
      subscription.resume();
    }
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  #checkRoom(name: string, topic: string): void {
    if (this.broker.closing) throw errorFor('SHUTTING_DOWN');
    checkReserved(topic);
    if (this.#subscriptions.size >= this.broker.limits.maxSubscriptions)
      throw errorFor('TOO_MANY_SUBSCRIPTIONS');
    for (const [taken, subscription] of this.#subscriptions) {
      if (taken === name || subscription.topic === topic) throw errorFor('ALREADY_SUBSCRIBED');
    }
  }

  #begin(name: string, { topic, from = 'earliest', meta = false }: SubscribeOptions): Opening {
    const openTopic = (one: string, start: StartPosition) =>
      this.#openTopic(one, start, { subscription: name, meta });
    const lease = this.broker.positions.lease();
    if (!isTopicFilter(topic)) {
      if (isByTopic(from))
        throw errorFor('INVALID_FRAME', 'from must not name topics: the subscription is to one');
      const single = new SingleSubscription(name, topic, () => openTopic(topic, from), lease);
      return { subscription: single, opened: single.open() };
    }
    const { topics, filters } = this.broker;
    const onClosed = () => filters.delete(topic, filtered);
    const context = { lease, openTopic, onFailed: this.#onFailed, onClosed };
    const filtered: FilterSubscription = new FilterSubscription(name, topic, context);
    filters.add(topic, filtered);
    return { subscription: filtered, opened: filtered.open(topics.matching(topic), from) };
  }

  async #openTopic(
    topic: string,
    from: StartPosition,
    style: Pick<PushStyle, 'subscription' | 'meta'>,
  ): Promise<TopicSubscription> {
    const { store, topics, limits } = this.broker;
    const handedOver = this.publisher.handedOver(topic);
    if (handedOver !== undefined) await handedOver;
    const created = topics.ensure(topic);
    // Asked at once, so that it takes effect before what the peer asks for next.
    const reader = await afterCreation(created, store.openReader(topic, from));
    const info = store.describe(topic);
    if (info === undefined) throw errorFor('TOPIC_UNKNOWN', `Unknown topic: ${topic}`);
    return new TopicSubscription({
      store,
      hub: topics.hub(topic),
      reader,
      historyEnd: info.nextSequence,
      outlet: this.outlet,
      limits,
      turns: this.#turns,
      style: { ...style, epoch: info.epoch },
      onFailed: this.#onFailed,
    });
  }

  readonly #onFailed = (cause: unknown): void => {
    this.outlet.failed(
      cause instanceof PochtaError ? cause : errorFor('STORAGE_FAILED', undefined, { cause }),
    );
  };
}

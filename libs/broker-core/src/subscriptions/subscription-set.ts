import {
  DEFAULT_PREFETCH,
  errorFor,
  isByTopic,
  isTopicFilter,
  PochtaError,
  type PushStyle,
  type StartPosition,
} from '@pochta/protocol';
import { unknownTopic, unsupported } from '@pochta/storage-contract';
import type { BrokerParts } from '../broker-parts';
import type { Outlet } from '../outlet';
import type { Publisher } from '../publisher';
import { afterCreation } from '../topics/after-creation';
import { filtersMeet } from '../topics/filters-meet';
import { checkReserved } from '../topics/reserved-topic';
import { FilterSubscription } from './filter-subscription';
import { Credit } from './groups/credit';
import type { GroupMembership } from './groups/group-membership';
import { MembershipTable } from './groups/membership-table';
import { PageTurns } from './page-turns';
import { SingleSubscription } from './single-subscription';
import type { SubscribeOptions, Subscription } from './subscription';
import type { SubscriptionPart } from './subscription-part';
import { TopicSubscription } from './topic-subscription';

/** A subscription that has its place among the others, and is on its way to the log. */
interface Opening {
  readonly subscription: Subscription;
  readonly opened: Promise<void>;
}

type PartOpener = (topic: string, from: StartPosition) => Promise<SubscriptionPart>;

/** Which subscription is meant: the one of that name, or else the one to that topic or filter, in that group. */
export interface SubscriptionChoice {
  readonly name?: string;
  readonly topic?: string;
  readonly group?: string;
}

/** The subscriptions of one connection, by name: they share its outlet, and take turns at reading. */
export class SubscriptionSet {
  readonly #subscriptions = new Map<string, Subscription>();
  /** These two are made with the first subscription that needs them. */
  #turns: PageTurns | undefined;
  #memberships: MembershipTable | undefined;
  #closed = false;
  #hasLeftGroups = false;

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
    const { topic, group } = options;
    // A space is in no topic's name: a plain subscription and those of groups do not get in each other's way.
    const name = options.name ?? (group === undefined ? topic : `${topic} ${group.name}`);
    this.#checkRoom(name, options);
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
    if (this.#closed || (this.#hasLeftGroups && group !== undefined)) subscription.close();
    return subscription;
  }

  /** See `Connection.unsubscribe`. */
  end({ name, topic, group }: SubscriptionChoice): void {
    for (const [known, subscription] of this.#subscriptions) {
      const isSame = subscription.topic === topic && subscription.group === group;
      if (name !== undefined ? known !== name : !isSame) continue;
      this.#subscriptions.delete(known);
      subscription.close();
      return;
    }
    throw errorFor('NOT_SUBSCRIBED');
  }

  /** The membership in a topic's group. Throws `NOT_SUBSCRIBED`. */
  membership(topic: string, group: string): GroupMembership {
    const membership = this.#memberships?.find(topic, group);
    if (membership === undefined) throw errorFor('NOT_SUBSCRIBED');
    return membership;
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

  /** See `Connection.leaveGroups`. */
  leaveGroups(): void {
    this.#hasLeftGroups = true;
    for (const [name, subscription] of this.#subscriptions) {
      if (subscription.group === undefined) continue;
      this.#subscriptions.delete(name);
      subscription.close();
    }
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  #checkRoom(name: string, { topic, group }: SubscribeOptions): void {
    const { closing, limits, store } = this.broker;
    if (closing) throw errorFor('SHUTTING_DOWN');
    checkReserved(topic);
    if (group !== undefined && !store.capabilities.groups) throw unsupported('group', store);
    if (this.#subscriptions.size >= limits.maxSubscriptions) throw errorFor('TOO_MANY_SUBSCRIPTIONS');
    for (const [taken, other] of this.#subscriptions) {
      // A message is settled by its topic, group and sequence: two members here could not be told apart.
      const meets = group === undefined ? topic === other.topic : filtersMeet(topic, other.topic);
      if (taken === name || (meets && group?.name === other.group)) throw errorFor('ALREADY_SUBSCRIBED');
    }
  }

  #begin(name: string, options: SubscribeOptions): Opening {
    const { topic, from = 'earliest', group } = options;
    const credit = group && new Credit(group.prefetch ?? DEFAULT_PREFETCH, this.broker.inFlight);
    const openPart = this.#opener(name, options, credit);
    const lease = this.broker.positions.lease();
    if (!isTopicFilter(topic)) {
      if (isByTopic(from))
        throw errorFor('INVALID_FRAME', 'from must not name topics: the subscription is to one');
      const single = new SingleSubscription(name, topic, group?.name, { lease, credit });
      return { subscription: single, opened: single.open(() => openPart(topic, from)) };
    }
    const { topics, filters, clock } = this.broker;
    const onClosed = () => filters.delete(topic, filtered);
    const context = { lease, clock, credit, openPart, onFailed: this.#onFailed, onClosed };
    const filtered: FilterSubscription = new FilterSubscription(name, topic, group?.name, context);
    filters.add(topic, filtered);
    return { subscription: filtered, opened: filtered.open(topics.matching(topic), from) };
  }

  /** Opens what one subscription does in each of its topics. */
  #opener(name: string, { group, meta = false }: SubscribeOptions, credit?: Credit): PartOpener {
    if (group === undefined || credit === undefined)
      return (topic, from) => this.#openTopic(topic, from, { subscription: name, meta });
    const asked = { subscription: name, group, credit, onFailed: this.#onFailed };
    const { broker, outlet, publisher } = this;
    const memberships = (this.#memberships ??= new MembershipTable(broker, outlet, publisher));
    return (topic, from) => memberships.open(topic, from, asked);
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
    if (info === undefined) throw unknownTopic(topic);
    return new TopicSubscription(reader, {
      store,
      hub: topics.hub(topic),
      historyEnd: info.nextSequence,
      outlet: this.outlet,
      limits,
      turns: (this.#turns ??= new PageTurns()),
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

import { randomBytes } from 'node:crypto';
import { DEFAULT_TOPIC_POLICY, errorFor, type TopicPolicy } from '@pochta/protocol';
import { SYSTEM_CLOCK, type Clock, type MessageStore } from '@pochta/storage-contract';
import type { Acceptor } from './acceptor';
import type { BrokerParts } from './broker-parts';
import { Connection, type PeerInfo } from './connection';
import type { DeliveryObserver } from './delivery-observer';
import { DEFAULT_BROKER_LIMITS, type BrokerLimits } from './limits';
import type { Outlet } from './outlet';
import { RequestRouter } from './requests/request-router';
import type { FilterSubscription } from './subscriptions/filter-subscription';
import { GroupDirectory } from './subscriptions/groups/group-directory';
import { InFlightTotal } from './subscriptions/groups/in-flight-total';
import { PositionBudget } from './subscriptions/position-budget';
import { FilterTrie } from './topics/filter-trie';
import { TopicDirectory, type ParticularsOf, type PolicyFor } from './topics/topic-directory';

export interface BrokerOptions {
  /** Opened and closed by its owner; open before the broker is. */
  readonly store: MessageStore;
  readonly policyFor: PolicyFor;
  /**
   * The policy of a topic that an administrator creates, where they do not say; default: that of `policyFor` or, where
   * it gives none, `DEFAULT_TOPIC_POLICY`.
   */
  readonly configuredPolicy?: (topic: string) => TopicPolicy;
  /** What the configuration says of a topic in particular: it holds also for one that exists. Default: nothing. */
  readonly particularsOf?: ParticularsOf;
  readonly limits?: Partial<BrokerLimits>;
  /** The store's; default: the system's. */
  readonly clock?: Clock;
  readonly observer?: DeliveryObserver;
}

/** Topics, subscriptions and requests, over a message store. Does no I/O of its own. */
export class Broker implements BrokerParts {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly observer: DeliveryObserver | undefined;
  readonly limits: BrokerLimits;
  readonly topics: TopicDirectory;
  readonly filters = new FilterTrie<FilterSubscription>();
  readonly positions: PositionBudget;
  readonly groups: GroupDirectory;
  readonly inFlight = new InFlightTotal();
  readonly acceptors = new Map<string, Acceptor>();
  readonly requests: RequestRouter;
  /** See `BrokerOptions`; a handler's declaration goes before it. */
  readonly configuredPolicy: (topic: string) => TopicPolicy;
  readonly #connections = new Set<Connection>();
  /** Makes the connections of different broker processes differ. */
  readonly #idPrefix = randomBytes(3).toString('hex');
  #connected = 0;
  #closing = false;
  /** Nobody has time any more to settle what is in flight. */
  #drained = false;
  #underWay = 0;
  #onIdle: (() => void)[] = [];

  constructor(options: BrokerOptions) {
    this.store = options.store;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.observer = options.observer;
    this.limits = { ...DEFAULT_BROKER_LIMITS, ...options.limits };
    const policyFor: PolicyFor = (topic) => this.acceptors.get(topic)?.policy ?? options.policyFor(topic);
    this.topics = new TopicDirectory({
      store: options.store,
      limits: this.limits,
      policyFor,
      particularsOf: (topic) => this.acceptors.get(topic)?.policy ?? options.particularsOf?.(topic) ?? {},
      onCreated: (topic) => this.#welcome(topic),
      onDeleted: (topic) => this.#takeLeave(topic),
    });
    this.configuredPolicy = (topic) =>
      this.acceptors.get(topic)?.policy ??
      (options.configuredPolicy ?? options.policyFor)(topic) ??
      DEFAULT_TOPIC_POLICY;
    this.groups = new GroupDirectory(this.limits, () => this.#closing);
    this.positions = new PositionBudget(this.limits.maxPositions);
    this.requests = new RequestRouter(this.limits.requestTimeout);
  }

  get closing(): boolean {
    return this.#closing;
  }

  get drained(): boolean {
    return this.#drained;
  }

  /** In the order in which they were made. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /**
   * Takes up the store's topics, with what the configuration says of each in particular, and creates those that acceptors
   * declared. Resolves with the topics whose storage or compaction is to be another than they were created with, and
   * stays.
   */
  async open(): Promise<readonly string[]> {
    const staying = await this.topics.open();
    for (const topic of this.acceptors.keys()) await this.topics.ensure(topic);
    return staying;
  }

  /** Puts an acceptor before a topic. Call it before `open`. Throws when the topic has one already. */
  addAcceptor(acceptor: Acceptor): void {
    if (this.acceptors.has(acceptor.topic))
      throw errorFor('INVALID_CONFIG', `${acceptor.topic} has two handlers`);
    this.acceptors.set(acceptor.topic, acceptor);
  }

  /** Throws `SHUTTING_DOWN`. */
  connect(outlet: Outlet, peer: PeerInfo): Connection {
    if (this.#closing) throw errorFor('SHUTTING_DOWN');
    const id = `${this.#idPrefix}-${++this.#connected}`;
    const connection = new Connection(id, outlet, peer, this, (closed) => this.#connections.delete(closed));
    this.#connections.add(connection);
    return connection;
  }

  async underWay<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) for (const onIdle of this.#onIdle.splice(0)) onIdle();
    }
  }

  /**
   * Takes nothing new in and hands nothing out any more, and resolves once all that was taken in is stored or refused.
   * Connections stay, so that their answers can go out. A connection that has messages in flight may settle them within
   * `patience` ms (default 0: not at all), and publish until it has: what it makes of a message belongs to its end. When
   * nothing is in flight, that time is not waited for.
   */
  async drain(patience: number = 0): Promise<void> {
    this.#closing = true;
    this.requests.close();
    await this.inFlight.empty(patience);
    this.#drained = true;
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Drains without patience, then ends every connection. */
  async close(): Promise<void> {
    await this.drain();
    this.disconnect();
  }

  /** Ends every connection at once; nothing new is taken in. */
  disconnect(): void {
    this.#closing = this.#drained = true;
    for (const connection of [...this.#connections]) connection.close();
    this.topics.close();
  }

  #welcome(topic: string): void {
    this.groups.onTopicCreated(topic);
    for (const subscription of this.filters.match(topic)) subscription.join(topic);
  }

  #takeLeave(topic: string): void {
    this.groups.onTopicDeleted(topic);
    // What the topic's last commit stored is told first.
    setImmediate(() => {
      if (this.topics.has(topic)) return;
      for (const subscription of this.filters.match(topic)) subscription.leave(topic);
    });
  }
}

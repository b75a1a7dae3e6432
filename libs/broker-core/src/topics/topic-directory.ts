import { DEFAULT_TOPIC_POLICY, errorFor, TopicFilter, type TopicPolicy } from '@pochta/protocol';
import { unknownTopic, type MessageStore, type Tail, type TopicsListener } from '@pochta/storage-contract';
import type { BrokerLimits } from '../limits';
import { HeadBudget } from './head-cache';
import { TopicHub } from './topic-hub';

/** The policy that a topic is to have; `undefined` when it must not be created by being used, and keeps what it has. */
export type PolicyFor = (topic: string) => TopicPolicy | undefined;

/** What the configuration says of a topic in particular, by its name or by a filter. */
export type ParticularsOf = (topic: string) => Partial<TopicPolicy>;

export interface TopicDirectoryContext {
  readonly store: MessageStore;
  readonly limits: BrokerLimits;
  readonly policyFor: PolicyFor;
  readonly particularsOf: ParticularsOf;
  /** Called for each topic that exists from now on, whoever has created it. */
  readonly onCreated: (topic: string) => void;
  /** Called for each topic that was deleted, before its tails hear of that. */
  readonly onDeleted: (topic: string) => void;
}

/**
 * Which topics there are: creates them on first use, hears of those that the store creates and deletes, tells who waits
 * for new ones, and holds the hubs.
 */
export class TopicDirectory implements TopicsListener {
  /** Topics that are created, until the store has told of them. */
  readonly #creating = new Map<string, Promise<unknown>>();
  readonly #hubs = new Map<string, TopicHub>();
  /** Topics that are being deleted. */
  readonly #deleting = new Set<string>();
  /** Topics that the store has told of. */
  readonly #known = new Set<string>();
  readonly #store: MessageStore;
  readonly #head: HeadBudget;
  #watch: Tail | undefined;

  constructor(private readonly context: TopicDirectoryContext) {
    this.#store = context.store;
    this.#head = new HeadBudget(context.limits.maxHeadBytes);
  }

  /**
   * Takes up what the store recovered. What the configuration says of a topic in particular goes before the policy that
   * it had; all else stays as it was, be it the defaults of then or what an administrator chose. Call once, after the
   * store is open. Resolves with the topics whose storage or compaction is to be another than they were created with,
   * and stays.
   */
  async open(): Promise<string[]> {
    this.#watch = this.#store.watchTopics(this);
    const staying: string[] = [];
    const updates: Promise<unknown>[] = [];
    for (const topic of this.#store.topics()) {
      this.#known.add(topic);
      const { policy: current } = this.#store.describe(topic)!;
      const policy = { ...current, ...this.context.particularsOf(topic) };
      const { storage, compact } = current;
      if (policy.storage !== storage || policy.compact !== compact) staying.push(topic);
      const wanted = { ...policy, storage, compact };
      if (!isSamePolicy(wanted, current)) updates.push(this.#store.updateTopic(topic, wanted));
    }
    await Promise.all(updates);
    return staying;
  }

  /** Hears of no more topics. */
  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  onCreated(topic: string): void {
    this.#known.add(topic);
    this.#creating.delete(topic);
    this.#hubs.get(topic)?.onRecreated();
    this.context.onCreated(topic);
  }

  onDeleted(topic: string): void {
    this.#known.delete(topic);
    this.context.onDeleted(topic);
  }

  /**
   * Makes sure the topic exists, or is being created: what the store is asked next takes effect after that.
   * Returns a promise only when the topic is new. Throws `TOPIC_UNKNOWN` or `TOO_MANY_TOPICS`.
   */
  ensure(topic: string): Promise<unknown> | undefined {
    if (this.#stays(topic)) return undefined;
    const creating = this.#creating.get(topic);
    if (creating !== undefined) return creating;
    const policy = this.context.policyFor(topic);
    if (policy === undefined) throw unknownTopic(topic);
    return this.#begin(topic, policy);
  }

  /**
   * Makes sure the topic exists, whatever the policies say of its use. One that exists stays as it is.
   * Throws `TOO_MANY_TOPICS`.
   */
  async create(topic: string, policy: TopicPolicy): Promise<void> {
    if (!this.#stays(topic)) await (this.#creating.get(topic) ?? this.#begin(topic, policy));
  }

  /**
   * Deletes the topic. Subscriptions to it wait until it exists again, and what is published meanwhile creates it anew.
   * Throws `TOPIC_UNKNOWN`.
   */
  async delete(topic: string): Promise<void> {
    if (this.#deleting.has(topic) || !this.has(topic)) throw unknownTopic(topic);
    this.#deleting.add(topic);
    // Who asks for it from now on asks for a new one.
    if (this.#store.describe(topic) !== undefined) this.#creating.delete(topic);
    try {
      await this.#store.deleteTopic(topic);
      this.#known.delete(topic);
    } finally {
      this.#deleting.delete(topic);
    }
  }

  /** Subscriptions to the topic, of all connections, by its name or by a filter, that are in no group. */
  subscriptions(topic: string): number {
    return this.#hubs.get(topic)?.size ?? 0;
  }

  /** Whether the topic exists, or is being created. */
  has(topic: string): boolean {
    return this.#store.describe(topic) !== undefined || this.#creating.has(topic);
  }

  /** Names of the topics there are that match the filter. */
  matching(filter: string): string[] {
    const names: string[] = [];
    const wanted = new TopicFilter(filter);
    for (const name of this.#store.topics()) if (wanted.matches(name)) names.push(name);
    return names;
  }

  /** The hub of an existing topic. */
  hub(topic: string): TopicHub {
    let hub = this.#hubs.get(topic);
    if (hub === undefined) {
      hub = new TopicHub(topic, this.#store, this.#head, (unused) => this.#hubs.delete(unused.topic));
      this.#hubs.set(topic, hub);
    }
    return hub;
  }

  #stays(topic: string): boolean {
    return this.#store.describe(topic) !== undefined && !this.#deleting.has(topic);
  }

  #begin(topic: string, policy: TopicPolicy): Promise<unknown> {
    const { maxTopics } = this.context.limits;
    if (this.#count() >= maxTopics) {
      throw errorFor('TOO_MANY_TOPICS', `Too many topics: at most ${maxTopics}`);
    }
    const created = this.#create(topic, policy);
    // Whoever awaits it hears of a failure; nobody has to.
    created.catch(() => undefined);
    this.#creating.set(topic, created);
    return created;
  }

  /** Topics there are, or will be. */
  #count(): number {
    let count = this.#known.size + this.#creating.size;
    for (const topic of this.#deleting) if (this.#known.has(topic) && this.#creating.has(topic)) count--;
    return count;
  }

  async #create(topic: string, policy: TopicPolicy): Promise<void> {
    try {
      await this.#store.createTopic(topic, policy);
    } catch (error) {
      this.#creating.delete(topic);
      throw error;
    }
    // It was there already, and the store has nothing to tell.
    if (this.#known.has(topic)) this.#creating.delete(topic);
  }
}

export function isSamePolicy(one: TopicPolicy, other: TopicPolicy): boolean {
  return (Object.keys(DEFAULT_TOPIC_POLICY) as (keyof TopicPolicy)[]).every((key) => one[key] === other[key]);
}

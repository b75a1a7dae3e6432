import {
  DEFAULT_TOPIC_POLICY,
  errorFor,
  type PochtaError,
  TopicFilter,
  type TopicPolicy,
} from '@pochta/protocol';
import type { MessageStore } from '@pochta/storage-contract';
import type { BrokerLimits } from '../limits';
import { TopicHub } from './topic-hub';

/** The policy that a topic is to have; `undefined` when it must not be created by being used, and keeps what it has. */
export type PolicyFor = (topic: string) => TopicPolicy | undefined;

/** Which topics there are: creates them on first use, tells who waits for new ones, and holds the hubs. */
export class TopicDirectory {
  readonly #creating = new Map<string, Promise<unknown>>();
  readonly #hubs = new Map<string, TopicHub>();
  /** Topics that are being deleted. */
  readonly #deleting = new Set<string>();
  #count = 0;

  constructor(
    private readonly store: MessageStore,
    private readonly policyFor: PolicyFor,
    private readonly limits: BrokerLimits,
    private readonly onCreated: (topic: string) => void,
  ) {}

  /**
   * Takes up what the store recovered, and brings the policies of these topics up to date. Call once, after the store
   * is open. Resolves with the topics whose storage is to be another than they were created with, and stays.
   */
  async open(): Promise<string[]> {
    const staying: string[] = [];
    const updates: Promise<unknown>[] = [];
    for (const topic of this.store.topics()) {
      this.#count++;
      const { policy: current } = this.store.describe(topic)!;
      const policy = this.policyFor(topic) ?? current;
      if (policy.storage !== current.storage) staying.push(topic);
      const wanted = { ...policy, storage: current.storage };
      if (!isSamePolicy(wanted, current)) updates.push(this.store.updateTopic(topic, wanted));
    }
    await Promise.all(updates);
    return staying;
  }

  /**
   * Makes sure the topic exists, or is being created: what the store is asked next takes effect after that.
   * Returns a promise only when the topic is new. Throws `TOPIC_UNKNOWN` or `TOO_MANY_TOPICS`.
   */
  ensure(topic: string): Promise<unknown> | undefined {
    if (this.#stays(topic)) return undefined;
    const creating = this.#creating.get(topic);
    if (creating !== undefined) return creating;
    const policy = this.policyFor(topic);
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
    try {
      await this.store.deleteTopic(topic);
      this.#count--;
    } catch (error) {
      // Who has asked for a new topic meanwhile gets the one that is still there.
      if (this.#creating.has(topic) && this.store.describe(topic) !== undefined) this.#count--;
      throw error;
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
    return this.store.describe(topic) !== undefined || this.#creating.has(topic);
  }

  /** Names of the topics there are that match the filter. */
  matching(filter: string): string[] {
    const names: string[] = [];
    const wanted = new TopicFilter(filter);
    for (const name of this.store.topics()) if (wanted.matches(name)) names.push(name);
    return names;
  }

  /** The hub of an existing topic. */
  hub(topic: string): TopicHub {
    let hub = this.#hubs.get(topic);
    if (hub === undefined) {
      hub = new TopicHub(topic, this.store, (unused) => this.#hubs.delete(unused.topic));
      this.#hubs.set(topic, hub);
    }
    return hub;
  }

  #stays(topic: string): boolean {
    return this.store.describe(topic) !== undefined && !this.#deleting.has(topic);
  }

  #begin(topic: string, policy: TopicPolicy): Promise<unknown> {
    if (this.#count >= this.limits.maxTopics) {
      throw errorFor('TOO_MANY_TOPICS', `Too many topics: at most ${this.limits.maxTopics}`);
    }
    this.#count++;
    const created = this.#create(topic, policy);
    // Whoever awaits it hears of a failure; nobody has to.
    created.catch(() => undefined);
    this.#creating.set(topic, created);
    return created;
  }

  async #create(topic: string, policy: TopicPolicy): Promise<void> {
    try {
      await this.store.createTopic(topic, policy);
    } catch (error) {
      this.#count--;
      throw error;
    } finally {
      this.#creating.delete(topic);
    }
    this.#hubs.get(topic)?.onRecreated();
    this.onCreated(topic);
  }
}

export function unknownTopic(topic: string): PochtaError {
  return errorFor('TOPIC_UNKNOWN', `Unknown topic: ${topic}`);
}

export function isSamePolicy(one: TopicPolicy, other: TopicPolicy): boolean {
  return (Object.keys(DEFAULT_TOPIC_POLICY) as (keyof TopicPolicy)[]).every((key) => one[key] === other[key]);
}

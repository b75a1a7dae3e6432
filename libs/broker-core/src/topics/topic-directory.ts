import { errorFor, TopicFilter, type TopicPolicy } from '@pochta/protocol';
import type { MessageStore } from '@pochta/storage-contract';
import type { BrokerLimits } from '../limits';
import { TopicHub } from './topic-hub';

/** The policy of a topic that nobody has created yet; `undefined` when it must not be created by being used. */
export type PolicyFor = (topic: string) => TopicPolicy | undefined;

/** Which topics there are: creates them on first use, tells who waits for new ones, and holds the hubs. */
export class TopicDirectory {
  readonly #creating = new Map<string, Promise<unknown>>();
  readonly #hubs = new Map<string, TopicHub>();
  #count = 0;

  constructor(
    private readonly store: MessageStore,
    private readonly policyFor: PolicyFor,
    private readonly limits: BrokerLimits,
    private readonly onCreated: (topic: string) => void,
  ) {}

  /** Counts what the store recovered. Call once, after the store is open. */
  open(): void {
    this.#count = 0;
    for (const _topic of this.store.topics()) this.#count++;
  }

  /**
   * Makes sure the topic exists, or is being created: what the store is asked next takes effect after that.
   * Returns a promise only when the topic is new. Throws `TOPIC_UNKNOWN` or `TOO_MANY_TOPICS`.
   */
  ensure(topic: string, declared?: TopicPolicy): Promise<unknown> | undefined {
    if (this.store.describe(topic) !== undefined) return undefined;
    const creating = this.#creating.get(topic);
    if (creating !== undefined) return creating;
    const policy = declared ?? this.policyFor(topic);
    if (policy === undefined) throw errorFor('TOPIC_UNKNOWN', `Unknown topic: ${topic}`);
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

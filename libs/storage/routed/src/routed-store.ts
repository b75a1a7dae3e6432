import {
  errorFor,
  type MessageBatch,
  type StartPosition,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import {
  deadLetterTarget,
  topicsOf,
  type AppendResult,
  type ConsumerGroup,
  type GroupInfo,
  type GroupOptions,
  type LedgerKeepingStore,
  type LogReader,
  type MessageStore,
  type RedriveFilter,
  type RedriveResult,
  type StoreCapabilities,
  type Tail,
  type TailListener,
  type TopicInfo,
  type TopicsListener,
  type TransactionOperation,
} from '@pochta/storage-contract';
import { DeadLetterHomes } from './dead-letter-homes';
import { NameOrder } from './name-order';

export interface RoutedStoreOptions {
  /** Holds the topics with `storage: disk`, and the ledger of the others. */
  readonly main: LedgerKeepingStore;
  /** Holds the messages of topics with `storage: memory`; must use the ledger of `main`. */
  readonly memory: MessageStore;
}

/**
 * One store made of two: a topic's policy says which one holds its messages. A dead-letter topic is in the engine of the
 * topics whose dead letters it takes, whatever storage its own policy asks for; where those are in different engines,
 * `createTopic` and `updateTopic` throw `NOT_SUPPORTED`. Transactions are the main engine's.
 */
export class RoutedStore implements MessageStore {
  readonly engine: string;
  readonly capabilities: StoreCapabilities;
  readonly #main: LedgerKeepingStore;
  readonly #memory: MessageStore;
  readonly #order = new NameOrder();
  /** Which engine holds a topic, or will when what was asked for is done. */
  readonly #homes = new Map<string, MessageStore>();
  readonly #deadLetters = new DeadLetterHomes();
  #closed: Promise<void> | undefined;

  constructor({ main, memory }: RoutedStoreOptions) {
    this.engine = main.engine;
    this.capabilities = main.capabilities;
    this.#main = main;
    this.#memory = memory;
  }

  async open(): Promise<void> {
    await this.#main.open();
    await this.#memory.open();
    for (const engine of [this.#main, this.#memory]) {
      for (const name of engine.topics()) this.#know(name, engine);
      // An engine makes dead-letter topics by itself.
      engine.watchTopics({ onCreated: (name) => this.#know(name, engine), onDeleted: () => undefined });
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async createTopic(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    this.#check();
    return this.#order.run(name, () => this.#create(name, policy));
  }

  async updateTopic(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    this.#check();
    // Alone: where dead letters go while it is not done is not known.
    return this.#order.runAlone(name, async () => {
      const home = this.#home(name);
      this.#checkDeadLetters(name, policy, home);
      this.#deadLetters.set(name, policy, home);
      try {
        return await home.updateTopic(name, policy);
      } catch (error) {
        const info = home.describe(name);
        if (info === undefined) this.#deadLetters.delete(name);
        else this.#deadLetters.set(name, info.policy, home);
        throw error;
      }
    });
  }

  async deleteTopic(name: string): Promise<void> {
    this.#check();
    // Alone: the next topic of this name may be another engine's, and goes on from this one's high-water mark.
    return this.#order.runAlone(name, async () => {
      const home = this.#home(name);
      await home.deleteTopic(name);
      if (home.describe(name) === undefined) this.#forget(name);
    });
  }

  purge(name: string): Promise<number> {
    return this.#run(name, (home) => home.purge(name));
  }

  describe(name: string): TopicInfo | undefined {
    return this.#main.describe(name) ?? this.#memory.describe(name);
  }

  *topics(): Iterable<string> {
    yield* this.#main.topics();
    yield* this.#memory.topics();
  }

  append(topic: string, batch: MessageBatch): Promise<AppendResult> {
    return this.#run(topic, (home) => home.append(topic, batch));
  }

  take(topic: string, count: number): Promise<StoredBatch | undefined> {
    return this.#run(topic, (home) => home.take(topic, count));
  }

  openReader(topic: string, from: StartPosition): Promise<LogReader> {
    return this.#run(topic, (home) => home.openReader(topic, from));
  }

  tail(topic: string, listener: TailListener): Tail {
    this.#check();
    return this.#home(topic).tail(topic, listener);
  }

  watchTopics(listener: TopicsListener): Tail {
    const tails = [this.#main.watchTopics(listener), this.#memory.watchTopics(listener)];
    return { close: () => tails.forEach((tail) => tail.close()) };
  }

  openGroup(topic: string, group: string, options: GroupOptions): Promise<ConsumerGroup> {
    return this.#run(topic, (home) => home.openGroup(topic, group, options));
  }

  groups(topic: string): GroupInfo[] {
    this.#check();
    return this.#home(topic).groups(topic);
  }

  resetGroup(topic: string, group: string, from: StartPosition): Promise<GroupInfo> {
    return this.#run(topic, (home) => home.resetGroup(topic, group, from));
  }

  deleteGroup(topic: string, group: string): Promise<void> {
    return this.#run(topic, (home) => home.deleteGroup(topic, group));
  }

  async transact(operations: readonly TransactionOperation[]): Promise<void> {
    this.#check();
    const topics = topicsOf(operations);
    return this.#order.runAll(topics, async () => {
      const kept = topics.find((topic) => this.#home(topic) !== this.#main);
      if (kept === undefined) return this.#main.transact(operations);
      const { engine } = this.#home(kept);
      throw errorFor('NOT_SUPPORTED', `The ${engine} engine, which keeps topic ${kept}, has no transactions`);
    });
  }

  redrive(deadLetterTopic: string, filter: RedriveFilter): Promise<RedriveResult> {
    return this.#run(deadLetterTopic, (home) => home.redrive(deadLetterTopic, filter));
  }

  async #run<T>(name: string, call: (home: MessageStore) => Promise<T>): Promise<T> {
    this.#check();
    return this.#order.run(name, () => call(this.#home(name)));
  }

  async #create(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    const known = this.#homes.get(name);
    if (known !== undefined) return known.createTopic(name, policy);
    const home = this.#deadLetters.of(name) ?? (policy.storage === 'memory' ? this.#memory : this.#main);
    this.#checkDeadLetters(name, policy, home);
    this.#homes.set(name, home);
    this.#deadLetters.set(name, policy, home);
    try {
      return await home.createTopic(name, { ...policy, storage: home === this.#memory ? 'memory' : 'disk' });
    } catch (error) {
      if (home.describe(name) === undefined) this.#forget(name);
      throw error;
    }
  }

  /** Throws `NOT_SUPPORTED` when the topic's dead letters would go to another engine than the topic's. */
  #checkDeadLetters(name: string, policy: TopicPolicy, home: MessageStore): void {
    const target = deadLetterTarget(name, policy);
    if (target === undefined) return;
    const other = this.#homes.get(target) ?? this.#deadLetters.of(target);
    if (other === undefined || other === home) return;
    const text = `Topic ${name} is for the ${home.engine} engine, and its dead-letter topic ${target} for ${other.engine}`;
    throw errorFor('NOT_SUPPORTED', text);
  }

  #know(name: string, home: MessageStore): void {
    if (this.#homes.has(name)) return;
    this.#homes.set(name, home);
    const info = home.describe(name);
    if (info !== undefined) this.#deadLetters.set(name, info.policy, home);
  }

  #forget(name: string): void {
    this.#homes.delete(name);
    this.#deadLetters.delete(name);
  }

  /** A topic that nobody holds is unknown to the main engine as well. */
  #home(name: string): MessageStore {
    const home = this.#homes.get(name);
    if (home !== undefined) return home;
    // A dead-letter topic is made by the engine whose message it is to take.
    return this.#memory.describe(name) === undefined ? this.#main : this.#memory;
  }

  #check(): void {
    if (this.#closed) throw errorFor('SHUTTING_DOWN');
  }

  async #close(): Promise<void> {
    await this.#order.idle();
    await this.#memory.close();
    await this.#main.close();
  }
}

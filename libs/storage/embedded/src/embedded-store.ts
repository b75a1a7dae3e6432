import {
  errorFor,
  type MessageBatch,
  type StartPosition,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import type {
  AppendResult,
  LogReader,
  MessageStore,
  StoreCapabilities,
  Tail,
  TailListener,
  TopicInfo,
} from '@pochta/storage-contract';
import { CommitQueue } from './commit-queue';
import { EmbeddedLogReader, type ReaderHost } from './embedded-reader';
import type { Medium } from './medium';
import { TopicCommit, unknownTopic } from './topic-group';
import { TopicLog } from './topic-log';

export interface EmbeddedStoreOptions {
  /** The wall clock, in ms since the epoch; default `Date.now`. May be set back and forth. */
  readonly now?: () => number;
}

/** A storage engine within the broker's process: all rules of the contract, over a medium that keeps the batches. */
export class EmbeddedStore implements MessageStore {
  readonly engine: string;
  readonly capabilities: StoreCapabilities;
  readonly #medium: Medium;
  readonly #now: () => number;
  readonly #topics = new Map<string, TopicLog>();
  readonly #queue: CommitQueue<TopicCommit>;
  readonly #readerHost: ReaderHost;
  #opened: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #ready = false;

  constructor(engine: string, medium: Medium, options: EmbeddedStoreOptions = {}) {
    this.engine = engine;
    this.capabilities = {
      durable: medium.durable,
      groups: false,
      priorities: false,
      delays: false,
      expiry: false,
      transactions: false,
    };
    this.#medium = medium;
    this.#now = options.now ?? Date.now;
    this.#queue = new CommitQueue(() => new TopicCommit(medium, this.#topics, this.#now));
    this.#readerHost = { check: () => this.#check(), settled: () => this.#queue.settled() };
  }

  open(): Promise<void> {
    return (this.#opened ??= this.#open());
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  createTopic(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    return this.#submit((group) => (group.find(name) ?? group.create(name, policy)).stagedInfo());
  }

  updateTopic(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    return this.#submit((group) => {
      const log = group.change(name);
      if (log.record.policy.storage !== policy.storage) {
        throw errorFor('NOT_SUPPORTED', `The storage of topic ${name} cannot be changed`);
      }
      log.update(policy, group.changes);
      return log.stagedInfo();
    });
  }

  deleteTopic(name: string): Promise<void> {
    return this.#submit((group) => group.delete(name));
  }

  purge(name: string): Promise<number> {
    return this.#submit((group) => group.change(name).purge(group.changes));
  }

  describe(name: string): TopicInfo | undefined {
    return this.#topics.get(name)?.info();
  }

  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  append(topic: string, batch: MessageBatch): Promise<AppendResult> {
    return this.#submit((group) => group.change(topic).append(batch, this.#now(), group.changes));
  }

  take(topic: string, count: number): Promise<StoredBatch | undefined> {
    return this.#submit((group) => group.change(topic).take(count, group.changes));
  }

  openReader(topic: string, from: StartPosition): Promise<LogReader> {
    const open = (log: TopicLog | undefined): LogReader => {
      if (log === undefined) throw unknownTopic(topic);
      return new EmbeddedLogReader(this.#readerHost, log, log.start(from));
    };
    return this.#submit(
      (group) => open(group.find(topic)),
      () => open(this.#topics.get(topic)),
    );
  }

  tail(topic: string, listener: TailListener): Tail {
    this.#check();
    const log = this.#topics.get(topic);
    if (log === undefined) throw unknownTopic(topic);
    return log.tails.attach(listener);
  }

  async #submit<T>(work: (group: TopicCommit) => T, instead?: () => T): Promise<T> {
    this.#check();
    return this.#queue.submit(work, instead);
  }

  #check(): void {
    if (this.#closed) throw errorFor('SHUTTING_DOWN');
    if (!this.#ready) throw errorFor('ENGINE_UNAVAILABLE', `The ${this.engine} engine is not open`);
  }

  async #open(): Promise<void> {
    for (const { record, state } of await this.#medium.open()) {
      this.#topics.set(record.name, new TopicLog(this.#medium, record, state));
    }
    this.#ready = true;
  }

  async #close(): Promise<void> {
    try {
      await this.#opened;
    } catch {
      return;
    }
    await this.#queue.idle();
    await this.#medium.close();
  }
}

import {
  errorFor,
  type MessageBatch,
  type StartPosition,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import {
  SYSTEM_CLOCK,
  unknownTopic,
  unsupported,
  type AppendResult,
  type Clock,
  type ConsumerGroup,
  type GroupInfo,
  type GroupOptions,
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
import { CommitQueue, type SubmitOptions } from './commit/commit-queue';
import { checkDeadLetterPath } from './dead-letters/dead-letter-path';
import { redrive } from './dead-letters/redrive';
import { EmbeddedGroup } from './groups/embedded-group';
import { GroupCount } from './groups/group-count';
import type { GroupHost } from './groups/group-host';
import { UnsettledTotal } from './groups/in-flight/unsettled-total';
import { Turns } from './groups/turns';
import { deleteGroup, openGroup, resetGroup } from './groups/group-operations';
import { inTurns } from './in-turns';
import { EmbeddedLogReader, type ReaderHost } from './log/log-reader';
import type { Medium } from './medium';
import { TopicCommit } from './commit/topic-commit';
import { TopicLog } from './log/topic-log';
import { Schedule } from './schedule/schedule';
import { StoreTime } from './store-time';
import { transact } from './transactions/transaction';

/** Of `maxUnsettled`. At about 100 bytes each, a group at the limit takes 10 MB of memory. */
export const DEFAULT_MAX_UNSETTLED = 100_000;

export interface EmbeddedStoreOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /**
   * Most messages that a group keeps track of in memory: in flight, failed and waiting, or waiting for their key's turn.
   * At the limit, it takes no more out of the log until some are settled. Default: `DEFAULT_MAX_UNSETTLED`.
   */
  readonly maxUnsettled?: number;
  /**
   * Most of these that all groups together keep track of. At the limit, a group takes no more out of the log than its
   * members take at once and 1,000 that wait. Default 1,000,000.
   */
  readonly maxUnsettledInAll?: number;
  /** Most groups of all topics together; those that one commit creates may be more. `TOO_MANY_GROUPS`. Default 100,000. */
  readonly maxGroups?: number;
}

const DEFAULT_MAX_GROUPS = 100_000;

/** Of all groups of a store. */
const DEFAULT_MAX_UNSETTLED_IN_ALL = 1_000_000;

/** A storage engine within the broker's process: all rules of the contract, over a medium that keeps the batches. */
export class EmbeddedStore implements MessageStore {
  readonly engine: string;
  readonly capabilities: StoreCapabilities;
  readonly #medium: Medium;
  readonly #time: StoreTime;
  readonly #watchers = new Set<TopicsListener>();
  readonly #topics = new Map<string, TopicLog>();
  readonly #queue: CommitQueue<TopicCommit>;
  readonly #schedule: Schedule;
  readonly #readerHost: ReaderHost;
  readonly #groupHost: GroupHost;
  readonly #groupCount: GroupCount;
  #opened: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #ready = false;

  constructor(engine: string, medium: Medium, options: EmbeddedStoreOptions = {}) {
    this.engine = engine;
    this.capabilities = {
      durable: medium.durable,
      groups: true,
      priorities: true,
      delays: true,
      expiry: true,
      compaction: true,
      transactions: medium.durable,
    };
    this.#medium = medium;
    this.#time = new StoreTime(options.clock ?? SYSTEM_CLOCK);
    const now = (): number => this.#time.now();
    const note = (log: TopicLog): void => this.#note(log);
    const watchers: TopicsListener = {
      onCreated: (topic) => this.#watchers.forEach((one) => one.onCreated(topic)),
      onDeleted: (topic) => this.#watchers.forEach((one) => one.onDeleted(topic)),
    };
    this.#queue = new CommitQueue(
      () => new TopicCommit(medium, this.#topics, watchers, this.#time, note),
      () => this.#time.elapsed(),
    );
    this.#schedule = new Schedule(this.#time, (work) => this.#queue.submit(work));
    this.#readerHost = { check: () => this.#check(), commitDone: () => this.#queue.commitDone(), now };
    this.#groupCount = new GroupCount(options.maxGroups ?? DEFAULT_MAX_GROUPS);
    const turns = new Turns();
    this.#groupHost = {
      time: this.#time,
      turns,
      total: new UnsettledTotal(options.maxUnsettledInAll ?? DEFAULT_MAX_UNSETTLED_IN_ALL, turns),
      maxUnsettled: options.maxUnsettled ?? DEFAULT_MAX_UNSETTLED,
      check: () => this.#check(),
      submit: (work, messages) => this.#submit(work, { messages }),
      commitDone: () => this.#queue.commitDone(),
    };
  }

  open(): Promise<void> {
    return (this.#opened ??= this.#open());
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  createTopic(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    return this.#submit((commit) => {
      const known = commit.find(name);
      if (known !== undefined) return known.content.stagedInfo();
      checkDeadLetterPath(commit, name, policy);
      return commit.create(name, policy).content.stagedInfo();
    });
  }

  updateTopic(name: string, policy: TopicPolicy): Promise<TopicInfo> {
    return this.#submit((commit) => {
      const log = commit.change(name);
      if (log.content.record.policy.storage !== policy.storage) {
        throw errorFor('NOT_SUPPORTED', `The storage of topic ${name} cannot be changed`);
      }
      if (log.content.record.policy.compact !== policy.compact) {
        throw errorFor('NOT_SUPPORTED', `Whether topic ${name} is compacted cannot be changed`);
      }
      // What an old data folder has may stay: the broker must open it, with other settings too.
      if (log.content.record.policy.deadLetterTopic !== policy.deadLetterTopic) {
        checkDeadLetterPath(commit, name, policy);
      }
      log.update(policy, commit);
      return log.content.stagedInfo();
    });
  }

  deleteTopic(name: string): Promise<void> {
    return this.#submit((commit) => commit.delete(name));
  }

  purge(name: string): Promise<number> {
    return this.#submit((commit) => commit.change(name).purge(commit));
  }

  describe(name: string): TopicInfo | undefined {
    return this.#topics.get(name)?.info();
  }

  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  append(topic: string, batch: MessageBatch): Promise<AppendResult> {
    return this.#submit((commit) => commit.change(topic).append(batch, commit), { messages: batch.count });
  }

  take(topic: string, count: number): Promise<StoredBatch | undefined> {
    return this.#submit((commit) => commit.change(topic).take(count, commit));
  }

  openReader(topic: string, from: StartPosition): Promise<LogReader> {
    const open = (log: TopicLog | undefined): LogReader => {
      if (log === undefined) throw unknownTopic(topic);
      return new EmbeddedLogReader(this.#readerHost, log, log.start(from));
    };
    return this.#submit((commit) => open(commit.find(topic)), {
      instead: () => open(this.#topics.get(topic)),
    });
  }

  tail(topic: string, listener: TailListener): Tail {
    this.#check();
    const log = this.#topics.get(topic);
    if (log === undefined) throw unknownTopic(topic);
    return log.tails.attach(listener);
  }

  watchTopics(listener: TopicsListener): Tail {
    this.#watchers.add(listener);
    return { close: () => this.#watchers.delete(listener) };
  }

  async openGroup(topic: string, name: string, options: GroupOptions): Promise<ConsumerGroup> {
    const { log, group } = await this.#submit((commit) =>
      openGroup(commit, topic, name, options, this.#groupCount),
    );
    return new EmbeddedGroup(this.#groupHost, log, group);
  }

  groups(topic: string): GroupInfo[] {
    const log = this.#topics.get(topic);
    if (log === undefined) throw unknownTopic(topic);
    return log.groups.infos();
  }

  async resetGroup(topic: string, name: string, from: StartPosition): Promise<GroupInfo> {
    const info = await this.#submit((commit) => resetGroup(commit, topic, name, from));
    return info();
  }

  deleteGroup(topic: string, name: string): Promise<void> {
    return this.#submit((commit) => deleteGroup(commit, topic, name));
  }

  async transact(operations: readonly TransactionOperation[]): Promise<void> {
    if (!this.capabilities.transactions) throw unsupported('transaction', this);
    this.#check();
    const holds = (topic: string): boolean => this.#topics.has(topic);
    return transact({ engine: this.engine, holds, submit: (work) => this.#submit(work) }, operations);
  }

  redrive(deadLetterTopic: string, filter: RedriveFilter): Promise<RedriveResult> {
    return redrive((work) => this.#submit(work), deadLetterTopic, filter);
  }

  async #submit<T>(work: (commit: TopicCommit) => T, options?: SubmitOptions<T>): Promise<T> {
    this.#check();
    return this.#queue.submit(work, options);
  }

  /** What is committed of a topic has changed. */
  #note(log: TopicLog): void {
    this.#schedule.note(log);
    this.#groupCount.note(log);
  }

  #check(): void {
    if (this.#closed) throw errorFor('SHUTTING_DOWN');
    if (!this.#ready) throw errorFor('ENGINE_UNAVAILABLE', `The ${this.engine} engine is not open`);
  }

  async #open(): Promise<void> {
    let last = 0;
    await inTurns(await this.#medium.open(), ({ record, state }) => {
      const log = new TopicLog(this.#medium, record, state);
      log.recover();
      this.#topics.set(record.name, log);
      last = Math.max(last, state.lastTimestamp);
    });
    this.#time.start(last);
    this.#ready = true;
    for (const log of this.#topics.values()) this.#note(log);
  }

  async #close(): Promise<void> {
    try {
      await this.#opened;
    } catch {
      return;
    }
    this.#schedule.close();
    await this.#queue.idle();
    for (const log of this.#topics.values()) log.groups.close();
    await this.#medium.close();
  }
}

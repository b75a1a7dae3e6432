/**
 * The contract between the broker and its storage engines, in the broker's words. `testing/` has the suite that every
 * engine must pass; its text is the rule where this one is silent.
 */
import type {
  ErrorCode,
  GapReason,
  MessageBatch,
  StartPosition,
  StoredBatch,
  TopicPolicy,
} from '@pochta/protocol';
import type { ConsumerGroup, GroupInfo, GroupOptions } from './consumer-group';
import type { RedriveFilter, RedriveResult } from './dead-letter';
import type { TransactionOperation } from './transaction';

/** What an engine can do. The broker answers `NOT_SUPPORTED`, with the engine's name, for what it cannot. */
export interface StoreCapabilities {
  /** Messages outlive the process. */
  readonly durable: boolean;
  /** Consumer groups, with redelivery, dead letters and order by key. */
  readonly groups: boolean;
  readonly priorities: boolean;
  readonly delays: boolean;
  /** `ttl` and `maxAge`. */
  readonly expiry: boolean;
  /** `compact`. */
  readonly compaction: boolean;
  readonly transactions: boolean;
}

export interface TopicInfo {
  readonly name: string;
  readonly policy: TopicPolicy;
  /** Changes when an earlier promise about the topic's sequences cannot be kept. */
  readonly epoch: string;
  /** Sequence of the oldest message held; `nextSequence` when the topic is empty. */
  readonly firstSequence: number;
  /** Sequence that the next message gets. The first of all is 1. */
  readonly nextSequence: number;
  /** Messages held that have a sequence; those that wait until they are due are in `delayed`. */
  readonly messages: number;
  /** Payload bytes of these. */
  readonly bytes: number;
  /** Messages that wait until they are due. They count towards the limits. */
  readonly delayed: number;
  /** Payload bytes of these. */
  readonly delayedBytes: number;
  /** Number of consumer groups. */
  readonly groups: number;
}

/** Why one message of a batch was not stored anew. */
export interface MessageRefusal {
  /** Index in the batch. */
  readonly index: number;
  readonly code: ErrorCode;
}

export interface AppendResult {
  /** Sequence of the first message stored anew; `0` when none was. */
  readonly firstSequence: number;
  /** How many were stored anew; they have `stored` sequences from `firstSequence` on, without a hole. */
  readonly stored: number;
  /** How many were repeats of a message id: confirmed, not stored again. */
  readonly repeats: number;
  /** How many wait until they are due, and get their sequences then. */
  readonly delayed: number;
  /** Messages that were refused, by index; `undefined` when none was. All others are confirmed. */
  readonly refusals?: readonly MessageRefusal[];
}

/**
 * A stretch of sequences that a reader cannot give, because they were removed: all up to the first one held. Where
 * they were removed for several reasons, `reason` is the one for `from`.
 */
export interface Hole {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** What a reader finds next in a log. */
export type LogEntry = Hole | StoredBatch;

export function isHole(entry: LogEntry): entry is Hole {
  return 'reason' in entry;
}

/** A position in a topic's log. Holds no resource of the engine between two pages. */
export interface LogReader {
  /** Sequence of the next message that this reader will give. */
  readonly position: number;
  /**
   * The next page: batches and the holes between them, in the order of their sequences; about `maxBytes` of payloads
   * and at most `maxMessages`. Empty only at the head of the log. Gives committed messages only, and none that has
   * expired. One call at a time.
   */
  fetch(maxMessages: number, maxBytes: number): Promise<readonly LogEntry[]>;
  close(): void;
}

/** Hears what happens to one topic, in order. Must not throw, and must not keep the batch's payloads for long. */
export interface TailListener {
  /**
   * A batch was committed. Each one is told once, in the order of the sequences. Messages that have expired meanwhile
   * are left out: a reader has a hole there.
   */
  onCommit(batch: StoredBatch): void;
  /** The log begins behind `through` now (overflow, take, purge): a reader has a hole before that. */
  onRemoved?(through: number, reason: GapReason): void;
  /** The topic was deleted; nothing more comes. */
  onDeleted?(): void;
}

export interface Tail {
  close(): void;
}

/** Hears of topics that come and go. Must not throw. */
export interface TopicsListener {
  /** A topic exists now: it was created through this store, by a dead letter, or on another node. */
  onCreated(topic: string): void;
  onDeleted(topic: string): void;
}

/**
 * Durable topics.
 *
 * - Calls for one topic take effect in the order they were made, without waiting for one another.
 * - A promise resolves once its effect is as durable as the topic's policy and the engine promise (for LMDB: flushed).
 *   Nothing is visible to readers, tails or `take` before that.
 * - A commit's promises are resolved, and what was awaiting them has run, before its tails hear of it.
 * - A tail hears of the commits that were not visible when it was attached, and a reader gives what is: one that has
 *   read to `nextSequence` and is followed by a tail in the same turn misses nothing and hears nothing twice.
 * - Sequences of one topic name never start again: not after a restart, a purge or a deletion.
 * - Methods reject with a `PochtaError`: `TOPIC_UNKNOWN` for a topic that does not exist, `STORAGE_FULL` or
 *   `STORAGE_FAILED` when the write failed (then nothing of it happened), `SHUTTING_DOWN` after `close`.
 */
export interface MessageStore {
  /** The engine's name, as in the configuration. */
  readonly engine: string;
  readonly capabilities: StoreCapabilities;

  /** Recovers. Throws `DATA_DIR_IN_USE`, `DATA_DIR_UNUSABLE` or `DATA_VERSION_UNSUPPORTED`. */
  open(): Promise<void>;
  /** Flushes what was accepted, then releases everything. What comes later is refused. May be called twice. */
  close(): Promise<void>;

  /**
   * Creates a topic. One that exists is returned as it is, whatever its policy. `NOT_SUPPORTED` when dead letters would
   * go from topic to topic back to where they came from.
   */
  createTopic(name: string, policy: TopicPolicy): Promise<TopicInfo>;
  /**
   * Changes a policy; `storage` cannot change, nor can `compact`, and a new `deadLetterTopic` is as with `createTopic`
   * (`NOT_SUPPORTED`). What is far above a new limit goes in several commits: the topic is above it until then, and each
   * append pushes out more than it adds.
   */
  updateTopic(name: string, policy: TopicPolicy): Promise<TopicInfo>;
  deleteTopic(name: string): Promise<void>;
  /** Removes all messages, those that wait until they are due among them; resolves with their number. */
  purge(name: string): Promise<number>;
  /** Committed state, at once. */
  describe(name: string): TopicInfo | undefined;
  /** Names of all topics, in no order. */
  topics(): Iterable<string>;
  /** Tells of topics that are created and deleted from now on. */
  watchTopics(listener: TopicsListener): Tail;

  /**
   * Appends what the topic's policy lets in; a message that is not due yet waits until it is.
   *
   * At a limit, messages that every group has acked make room first. Then, with `reject`, all messages are refused
   * from the first one on that does not fit; with `drop-oldest` and `dead-letter`, the oldest go, and only what could
   * not fit into the topic even then is refused. What the batch pushes out may be its own first messages, which tails
   * hear nevertheless. A dead-letter topic has no dead letters: there, `dead-letter` is as `drop-oldest`. Dead letters
   * themselves get in whatever the limits say. Times never go back within a topic.
   */
  append(topic: string, batch: MessageBatch): Promise<AppendResult>;
  /**
   * Removes and returns messages of the highest priority there is, oldest first: consecutive ones, at most `count`;
   * `undefined` when the topic holds none. Out of 16 takes in a row that pass over older messages of a lower priority,
   * the last takes the oldest message instead. Every group treats them as acked. There may be fewer than `count`
   * although the topic holds more.
   */
  take(topic: string, count: number): Promise<StoredBatch | undefined>;
  /**
   * A reader that starts at a position of the log:
   *
   * - `earliest`: the first message held, without a hole.
   * - `new`: what is appended after this call.
   * - `last`: the newest message held, or else what comes next; in a compacted topic, all that is held: the last message
   *   of each key.
   * - A sequence: one below the first message held begins with a hole, one above `nextSequence` waits for the next
   *   message. With another epoch than the topic's, the first page begins with a hole of reason `epoch` from that
   *   sequence on, and then comes all that is held.
   * - A time: the first message stored at or after it.
   *
   * Throws `TOPIC_UNKNOWN`.
   */
  openReader(topic: string, from: StartPosition): Promise<LogReader>;
  /** Attaches a listener for every commit from now on. Throws `TOPIC_UNKNOWN`. */
  tail(topic: string, listener: TailListener): Tail;

  /**
   * The consumer group of that name; creates it when it is not there. Throws `GROUP_MISMATCH` when the options
   * contradict the group that exists, `TOO_MANY_GROUPS`.
   */
  openGroup(topic: string, group: string, options: GroupOptions): Promise<ConsumerGroup>;
  /** Committed state, at once; throws `TOPIC_UNKNOWN`. */
  groups(topic: string): GroupInfo[];
  /** Begins again at a position. What is in flight is forgotten. Throws `GROUP_UNKNOWN`. */
  resetGroup(topic: string, group: string, from: StartPosition): Promise<GroupInfo>;
  /** Throws `GROUP_UNKNOWN`. */
  deleteGroup(topic: string, group: string): Promise<void>;
  /**
   * Does all of it or nothing, also across a crash. Rejects with the reason of the first part that cannot be done:
   * `TOPIC_FULL`, `TOPIC_UNKNOWN`, `NOT_IN_FLIGHT`; `NOT_SUPPORTED` when a topic's engine is not durable.
   */
  transact(operations: readonly TransactionOperation[]): Promise<void>;
  /**
   * Moves dead letters back to the topics they came from, as new messages without the headers of dead letters, oldest
   * first; those whose topic is gone, full or kept by another engine stay, and once a topic with `reject` is full, what
   * is younger from there as well. It is done in commits of at most 1,000 messages: each is all or nothing. Looks at
   * what is there when it begins. Rejects only when nothing was moved.
   */
  redrive(deadLetterTopic: string, filter: RedriveFilter): Promise<RedriveResult>;
}

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

/** What an engine can do. The broker answers `NOT_SUPPORTED`, with the engine's name, for what it cannot. */
export interface StoreCapabilities {
  /** Messages outlive the process. */
  readonly durable: boolean;
  readonly groups: boolean;
  readonly priorities: boolean;
  readonly delays: boolean;
  readonly expiry: boolean;
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
  readonly messages: number;
  /** Payload bytes held. */
  readonly bytes: number;
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

/** One page of a log: first the hole, if any, then the batches behind it, of which there may be none. */
export interface LogPage {
  readonly hole?: Hole;
  /** Ascending, without a hole between them; empty at the head of the log. */
  readonly batches: readonly StoredBatch[];
}

/** A position in a topic's log. Holds no resource of the engine between two pages. */
export interface LogReader {
  /** Sequence of the next message that this reader will give. */
  readonly position: number;
  /**
   * The next page: about `maxBytes` of payloads and at most `maxMessages`, but at least one message unless the
   * reader is at the head. Gives committed messages only. One call at a time.
   */
  fetch(maxMessages: number, maxBytes: number): Promise<LogPage>;
  close(): void;
}

/** Hears what happens to one topic, in order. Must not throw, and must not keep the batch's payloads for long. */
export interface TailListener {
  /** A batch was committed. Each one is told once, in the order of the sequences. */
  onCommit(batch: StoredBatch): void;
  /** Messages up to and including `through` were removed (overflow, take, purge): a reader has a hole there. */
  onRemoved?(through: number, reason: GapReason): void;
  /** The topic was deleted; nothing more comes. */
  onDeleted?(): void;
}

export interface Tail {
  close(): void;
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

  /** Creates a topic. One that exists is returned as it is, whatever its policy. */
  createTopic(name: string, policy: TopicPolicy): Promise<TopicInfo>;
  /** Changes a policy; `storage` cannot change (`NOT_SUPPORTED`). */
  updateTopic(name: string, policy: TopicPolicy): Promise<TopicInfo>;
  deleteTopic(name: string): Promise<void>;
  /** Removes all messages; resolves with their number. */
  purge(name: string): Promise<number>;
  /** Committed state, at once. */
  describe(name: string): TopicInfo | undefined;
  /** Names of all topics, in no order. */
  topics(): Iterable<string>;

  /**
   * Appends what the topic's policy lets in. With `reject`, all messages from the first one on that does not fit are
   * refused; with `drop-oldest`, only one that alone is larger than `maxBytes`, and what the batch pushes out may
   * be its own first messages, which tails hear nevertheless. Times never go back within a topic.
   */
  append(topic: string, batch: MessageBatch): Promise<AppendResult>;
  /**
   * Removes and returns the oldest messages, at most `count`; `undefined` when there is none. All have one time, so
   * there may be fewer than `count` although the topic holds more.
   */
  take(topic: string, count: number): Promise<StoredBatch | undefined>;
  /**
   * `earliest`: the first message held, without a hole. `new`: what is appended after this call. `last`: the newest
   * message held, or else what comes next. A sequence below the first one begins with a hole, one above
   * `nextSequence` waits for the next message. With another epoch than the topic's, the first page begins with a hole
   * of reason `epoch` from that sequence on, and then comes all that is held. A time: the first message stored at or
   * after it. Throws `TOPIC_UNKNOWN`.
   */
  openReader(topic: string, from: StartPosition): Promise<LogReader>;
  /** Attaches a listener for every commit from now on. Throws `TOPIC_UNKNOWN`. */
  tail(topic: string, listener: TailListener): Tail;
}

import type { MessageBatch, StoredBatch, TopicPolicy } from '@pochta/protocol';
import type { HighWaterMark } from '@pochta/storage-contract';
import type { IdRecord, NewIdRecord } from './dedupe/id-record';
import type { TopicState } from './log/topic-state';

/** What a medium keeps of a topic: its definition, under a key that is never used again. */
export interface TopicRecord {
  /** The medium's short name of the topic. A topic that is deleted and created again gets another. */
  readonly key: number;
  readonly name: string;
  readonly policy: TopicPolicy;
  readonly epoch: string;
}

/** A topic as the medium holds it when it is opened. */
export interface HeldTopic {
  readonly record: TopicRecord;
  readonly state: TopicState;
}

/** What is to be known of a batch that is removed as a whole. */
export interface BatchOutline {
  readonly count: number;
  /** Of payloads. */
  readonly bytes: number;
}

/**
 * Where an embedded engine keeps batches and records. All rules are the engine's; a medium only writes changes, all or
 * nothing, and reads back. Reads are synchronous, and see what was committed.
 */
export interface Medium {
  /** What is held survives the process. */
  readonly durable: boolean;
  /** Recovers, and gives all topics. Throws `DATA_DIR_IN_USE`, `DATA_DIR_UNUSABLE`, `DATA_VERSION_UNSUPPORTED`. */
  open(): Promise<readonly HeldTopic[]>;
  /** No commit is under way any more. */
  close(): Promise<void>;
  /** Starts to collect the changes of one commit. One at a time. */
  begin(): MediumChanges;
  /** The batches that messages are to be appended as, in order; as they came, where a medium does not say. */
  parts?(messages: MessageBatch): readonly MessageBatch[];
  /**
   * The batch that holds `sequence`; `undefined` when there is none. Once a commit that removed it has been told, its lease
   * may be over, but for those that were kept.
   */
  read(topic: TopicRecord, sequence: number): StoredBatch | undefined;
  /**
   * Of the batch that begins with `firstSequence`, where it is known without a read, and no records are kept of its
   * messages' priorities, keys and times to live.
   */
  outline?(topic: TopicRecord, firstSequence: number): BatchOutline | undefined;
  /** The ids that a topic remembers, oldest first. */
  readIds(topic: TopicRecord): Iterable<IdRecord>;
  /** One of the topic's records. The value must not be changed. */
  record(topic: TopicRecord, key: Buffer): Buffer | undefined;
  /** The topic's records with keys from `from` up to, but without, `to`, sorted bytewise; at most `limit`. */
  records(topic: TopicRecord, from: Buffer, to: Buffer, limit?: number): [key: Buffer, value: Buffer][];
  /** What is left of a topic that was deleted under this name. */
  highWaterMark(name: string): HighWaterMark | undefined;
}

/** The changes of one commit, in order. Nothing of them can be read before `commit` is done. */
export interface MediumChanges {
  /** A key for a topic that is to be created in this commit. */
  newKey(): number;
  putTopic(record: TopicRecord, state: TopicState): void;
  /** Deletes the topic with all it holds, but for its high-water mark. */
  dropTopic(record: TopicRecord, mark: HighWaterMark): void;
  /** The topic's state at the end of the commit. */
  putState(record: TopicRecord, state: TopicState): void;
  append(record: TopicRecord, batch: StoredBatch): void;
  /**
   * Removes a batch, named by the sequence of the first message that it was appended with, their number, and their
   * payload bytes. It is not read any more, so that it may be done later.
   */
  remove(record: TopicRecord, firstSequence: number, count: number, bytes: number): void;
  /**
   * Removes every batch that holds no sequence above `through`, and every record of a generation (the first four bytes
   * of its key, big-endian) below this one. Neither is read or written any more, so that it may be done later.
   */
  clear(record: TopicRecord, through: number, generation: number): void;
  /** Puts a record, or removes it where there is no value. `grows`: it holds a message, rather than a note about some. */
  putRecord(record: TopicRecord, key: Buffer, value: Buffer | undefined, grows: boolean): void;
  putIds(record: TopicRecord, ids: NewIdRecord): void;
  removeIds(record: TopicRecord, start: number): void;
  /**
   * Makes all changes as durable as the medium can; a medium that has nothing to wait for returns nothing.
   * Rejects with `STORAGE_FULL` or `STORAGE_FAILED`: then nothing was changed.
   */
  commit(): Promise<void> | void;
  /** Everybody has been told of this commit, and has seen the batches that came and went in it. */
  told?(): void;
}

import {
  errorFor,
  type GapReason,
  type MessageBatch,
  type StartPosition,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import type { AppendResult, TopicInfo } from '@pochta/storage-contract';
import { DedupeWindow } from './dedupe-window';
import { Intake, type Selection } from './intake';
import type { Medium, MediumChanges, TopicRecord } from './medium';
import { sliceStored } from './stored-batch';
import { withoutFront, type TopicState } from './topic-state';
import { TopicTails, type Happening } from './topic-tails';

/** Where a reader begins: at `position`, after telling that all from `epochHole` on was of another epoch. */
export interface ReaderStart {
  readonly position: number;
  readonly epochHole?: number;
}

/**
 * One topic's log: gives sequences, keeps the limits, removes from the front. Operations change the staged state and
 * put what is to be written into the medium's group; `advance` makes the staged state the one that everybody sees,
 * `rollback` drops it.
 */
export class TopicLog {
  readonly tails = new TopicTails();
  readonly #medium: Medium;
  #record: TopicRecord;
  #stagedRecord: TopicRecord;
  #state: TopicState;
  #staged: TopicState;
  #deleted = false;
  /** Batches of this group, which the medium cannot give yet. */
  #fresh: StoredBatch[] = [];
  #happenings: Happening[] = [];
  #window: DedupeWindow | undefined;

  constructor(medium: Medium, record: TopicRecord, state: TopicState) {
    this.#medium = medium;
    this.#record = this.#stagedRecord = record;
    this.#state = this.#staged = state;
  }

  get record(): TopicRecord {
    return this.#stagedRecord;
  }

  /** Committed. */
  get state(): TopicState {
    return this.#state;
  }

  /** Its deletion was committed. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** As committed. */
  info(): TopicInfo {
    return describeState(this.#record, this.#state);
  }

  /** As it will be when the group is committed. */
  stagedInfo(): TopicInfo {
    return describeState(this.#stagedRecord, this.#staged);
  }

  /** The batch that holds a sequence, of this group or committed before. */
  read(sequence: number): StoredBatch | undefined {
    if (this.#fresh.length === 0 || sequence < this.#fresh[0].firstSequence) {
      return this.#medium.read(this.#record, sequence);
    }
    return this.#fresh.findLast((batch) => batch.firstSequence <= sequence);
  }

  append(batch: MessageBatch, now: number, group: MediumChanges): AppendResult {
    const { messages, repeats, refusals } = this.#select(batch, now);
    if (messages === undefined) return { firstSequence: 0, stored: 0, repeats, refusals };
    const firstSequence = this.#staged.nextSequence;
    // Times never go back within a topic, or a start at a time could not be found by halving.
    const timestamp = Math.max(now, this.#staged.lastTimestamp);
    const stored: StoredBatch = { topic: this.record.name, firstSequence, timestamp, messages };
    this.#fresh.push(stored);
    this.#staged = {
      ...this.#staged,
      nextSequence: firstSequence + messages.count,
      messages: this.#staged.messages + messages.count,
      bytes: this.#staged.bytes + messages.byteLength,
      lastTimestamp: timestamp,
    };
    group.append(this.record, stored);
    this.#happenings.push((listener) => listener.onCommit(stored));
    this.#dropOverflow(group);
    return { firstSequence, stored: messages.count, repeats, refusals };
  }

  /** Removes the oldest messages: at most `count`, and no more than are in the oldest batch, which has one time. */
  take(count: number, group: MediumChanges): StoredBatch | undefined {
    if (this.#staged.messages === 0 || count < 1) return undefined;
    const first = this.#staged.firstSequence;
    const taken = sliceStored(this.#readHeld(first), first, first + count);
    this.#removeFront(taken.messages.count, 0, 'taken', group);
    return taken;
  }

  /** Removes all messages; gives their number. */
  purge(group: MediumChanges): number {
    const { messages, bytes, nextSequence } = this.#staged;
    if (messages === 0) return 0;
    this.#fresh = [];
    group.clear(this.record, nextSequence - 1);
    this.#removed(messages, bytes, 'purged');
    return messages;
  }

  update(policy: TopicPolicy, group: MediumChanges): void {
    this.#stagedRecord = { ...this.record, policy };
    group.putTopic(this.record, this.#staged);
    this.#dropOverflow(group);
  }

  delete(group: MediumChanges): void {
    group.dropTopic(this.record, { nextSequence: this.#staged.nextSequence, epoch: this.record.epoch });
    this.#happenings.push((listener) => listener.onDeleted?.());
  }

  /** Where a reader that starts at `from` begins; by the staged state, which is the committed one between groups. */
  start(from: StartPosition): ReaderStart {
    const { firstSequence, nextSequence, messages } = this.#staged;
    if (from === 'earliest') return { position: firstSequence };
    if (from === 'new') return { position: nextSequence };
    if (from === 'last') return { position: messages === 0 ? nextSequence : nextSequence - 1 };
    if ('time' in from) return { position: this.#sequenceAt(from.time) };
    if (from.epoch !== undefined && from.epoch !== this.record.epoch) {
      return { position: firstSequence, epochHole: from.sequence };
    }
    return { position: Math.min(from.sequence, nextSequence) };
  }

  /** Ends the changes of this group. */
  seal(now: number, group: MediumChanges, deleted: boolean): void {
    if (deleted) return;
    if (this.#staged !== this.#state) group.putState(this.record, this.#staged);
    const changes = this.#window?.seal(now);
    if (changes?.added) group.putIds(this.record, changes.added);
    for (const start of changes?.removed ?? []) group.removeIds(this.record, start);
  }

  /** The group was committed. Gives what the tails are to be told, if there are any. */
  advance(deleted: boolean): (() => void) | undefined {
    this.#record = this.#stagedRecord;
    this.#state = this.#staged;
    this.#deleted = deleted;
    this.#window?.advance();
    const announcement = this.tails.announcement(this.#happenings);
    this.#clear();
    return announcement;
  }

  /** The group was not committed. */
  rollback(): void {
    this.#stagedRecord = this.#record;
    this.#staged = this.#state;
    this.#window?.rollback();
    this.#clear();
  }

  #clear(): void {
    this.#fresh = [];
    this.#happenings = [];
  }

  #select(batch: MessageBatch, now: number): Selection {
    const { policy } = this.record;
    const intake = new Intake(policy, this.#staged);
    if (policy.dedupeWindow === 0 || batch.messageIds === undefined) {
      this.#window?.expire(now, policy);
      return intake.select(batch);
    }
    this.#window ??= this.#loadWindow(now);
    this.#window.expire(now, policy);
    return intake.selectNew(batch, batch.messageIds, this.#window);
  }

  #loadWindow(now: number): DedupeWindow {
    try {
      return new DedupeWindow(this.#medium.readIds(this.record), this.record.policy, now);
    } catch (cause) {
      throw errorFor('STORAGE_FAILED', `The message ids of topic ${this.record.name} cannot be read`, {
        cause,
      });
    }
  }

  #dropOverflow(group: MediumChanges): void {
    const { policy } = this.record;
    if (policy.overflow !== 'drop-oldest') return;
    const messages = this.#staged.messages - policy.maxMessages;
    const bytes = this.#staged.bytes - policy.maxBytes;
    if (messages <= 0 && bytes <= 0) return;
    try {
      this.#removeFront(messages, bytes, 'overflow', group);
    } catch (cause) {
      // Not a `PochtaError`: what came before in this operation is staged, so that the whole group must fail.
      throw new Error(`no room can be made in topic ${this.record.name}`, { cause });
    }
  }

  /** Removes at least so many messages and so many bytes. Reads all first: a read that fails leaves all as it was. */
  #removeFront(messages: number, bytes: number, reason: GapReason, group: MediumChanges): void {
    const { firstSequence } = this.#staged;
    const emptied: number[] = [];
    let sequence = firstSequence;
    let freed = 0;
    while (sequence - firstSequence < messages || freed < bytes) {
      const batch = this.#readHeld(sequence);
      const { count } = batch.messages;
      const from = sequence - batch.firstSequence;
      let to = Math.min(count, Math.max(from, from + messages - (sequence - firstSequence)));
      const before = batch.messages.start(from);
      while (to < count && freed + batch.messages.start(to) - before < bytes) to++;
      freed += batch.messages.start(to) - before;
      sequence = batch.firstSequence + to;
      if (to === count) emptied.push(batch.firstSequence);
    }
    for (const first of emptied) group.remove(this.record, first);
    this.#removed(sequence - firstSequence, freed, reason);
  }

  #removed(messages: number, bytes: number, reason: GapReason): void {
    this.#staged = withoutFront(this.#staged, messages, bytes, reason);
    const through = this.#staged.firstSequence - 1;
    this.#happenings.push((listener) => listener.onRemoved?.(through, reason));
  }

  #readHeld(sequence: number): StoredBatch {
    const batch = this.read(sequence);
    if (batch !== undefined) return batch;
    throw errorFor('STORAGE_FAILED', `Message ${sequence} of topic ${this.record.name} cannot be read`);
  }

  /** Sequence of the first message stored at or after `time`; the next one when there is none. */
  #sequenceAt(time: number): number {
    let low = this.#staged.firstSequence;
    let high = this.#staged.nextSequence;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const batch = this.#readHeld(middle);
      if (batch.timestamp >= time) high = Math.max(low, batch.firstSequence);
      else low = batch.firstSequence + batch.messages.count;
    }
    return low;
  }
}

function describeState({ name, policy, epoch }: TopicRecord, state: TopicState): TopicInfo {
  const { firstSequence, nextSequence, messages, bytes } = state;
  return { name, policy, epoch, firstSequence, nextSequence, messages, bytes };
}

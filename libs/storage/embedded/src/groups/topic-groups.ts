import { errorFor, PochtaError, type GapReason, type StartPosition } from '@pochta/protocol';
import {
  MAX_GROUPS,
  unknownGroup,
  type GroupConfig,
  type GroupInfo,
  type GroupOptions,
} from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import type { MediumChanges } from '../medium';
import type { LogContent } from '../log/log-content';
import type { LogRemoval } from '../log/log-removal';
import { numberIn, numbersKey, type RecordSpace } from '../records/record-space';
import { AckedRemoval } from './durable/acked-removal';
import { BatchCache } from './fetch/batch-cache';
import { GroupLog, groupSpaces, type GroupSpaces, type RemovedRange } from './durable/group-log';
import { decodeGroup, type GroupRecord } from './durable/group-record';
import { RecordWaste } from './durable/record-waste';
import { checkConfig, configOf } from './group-config';
import { groupInfo, stagedBacklog } from './group-info';

/** All consumer groups of one topic, as committed and as staged. */
export class TopicGroups {
  readonly batches: BatchCache;
  readonly #content: LogContent;
  readonly #spaces: GroupSpaces;
  readonly #ackedWaste: RecordWaste;
  readonly #retriesWaste: RecordWaste;
  readonly #acked: AckedRemoval;
  readonly #committed = new Map<string, GroupLog>();
  /** What a commit creates or, where `undefined`, deletes. */
  readonly #staged = new Map<string, GroupLog | undefined>();
  readonly #changed = new Set<GroupLog>();
  /** Groups that a commit closes: their topic, or they, were deleted or reset. */
  readonly #closing = new Set<GroupLog>();
  readonly #onChange = (group: GroupLog): void => void this.#changed.add(group);
  /** What a commit has removed from the log. */
  #removed: RemovedRange[] = [];
  #size: number;

  constructor(content: LogContent, removal: LogRemoval) {
    this.#content = content;
    this.batches = new BatchCache(content);
    this.#acked = new AckedRemoval(content, removal, this);
    this.#spaces = groupSpaces(content);
    this.#ackedWaste = new RecordWaste(this.#spaces.acked);
    this.#retriesWaste = new RecordWaste(this.#spaces.retries);
    // One group at least was there once.
    try {
      if (content.state.nextGroup > 1) this.#load();
    } catch (cause) {
      throw errorFor('DATA_DIR_UNUSABLE', `The groups of topic ${content.record.name} cannot be read`, {
        cause,
      });
    }
    this.#size = this.#committed.size;
  }

  /** How many there are; as staged. */
  get size(): number {
    return this.#size;
  }

  /** When there is something to do by itself, in store time. */
  get nextDue(): number {
    const hasWaste = this.#ackedWaste.pending || this.#retriesWaste.pending;
    return hasWaste ? 0 : this.#acked.next.value;
  }

  /** As committed. */
  get(name: string): GroupLog | undefined {
    return this.#committed.get(name);
  }

  /** As staged. */
  find(name: string): GroupLog | undefined {
    return this.#staged.has(name) ? this.#staged.get(name) : this.#committed.get(name);
  }

  /** All of them, as staged. */
  *[Symbol.iterator](): Iterator<GroupLog> {
    for (const [name, group] of this.#committed) if (!this.#staged.has(name)) yield group;
    for (const group of this.#staged.values()) if (group !== undefined) yield group;
  }

  /**
   * The group of that name, which is created when it is not there: `start` says where it begins. Throws
   * `GROUP_MISMATCH`, `TOO_MANY_GROUPS`.
   */
  open(name: string, options: GroupOptions, start: (from: StartPosition) => number): GroupLog {
    const group = this.find(name);
    if (group !== undefined) {
      checkConfig(name, group.config, options.config);
      return group;
    }
    const { name: topic, policy } = this.#content.record;
    if (this.#size >= MAX_GROUPS) {
      throw errorFor('TOO_MANY_GROUPS', `Topic ${topic} has ${MAX_GROUPS} groups, which is the most`);
    }
    const config = configOf(policy, options.config);
    const floor = start(options.from ?? 'earliest');
    return this.#add(name, config, floor);
  }

  /** Throws `GROUP_UNKNOWN`. */
  checkName(name: string): void {
    if (this.find(name) !== undefined) return;
    throw unknownGroup(this.#content.record.name, name);
  }

  /** Has a group that is there begin again at a position. */
  reset(name: string, floor: number, commit: TopicCommit): GroupLog {
    // As staged: the commit may have changed them already.
    const { config, lost, deadLetters } = this.find(name)!.staged;
    this.delete(name);
    const group = this.#add(name, config, floor, lost, deadLetters);
    this.onAcked([], commit);
    return group;
  }

  /** Deletes a group that is there. */
  delete(name: string): void {
    const group = this.find(name)!;
    this.#staged.set(name, undefined);
    this.#changed.delete(group);
    this.#closing.add(group);
    this.#retriesWaste.add(group.retriesNumber);
    this.#ackedWaste.add(group.number);
    group.drop();
    this.#spaces.groups.delete(numbersKey(group.number));
    this.#acked.searchAgain();
    this.#resize(-1);
  }

  /** Messages that were there are gone from the log. */
  onRemoved(from: number, to: number, reason: GapReason): void {
    if (this.#size === 0) return;
    this.#removed.push({ from, to, reason });
    for (const group of this) group.onRemoved(from, to, reason);
  }

  /** A group has acked these, in ascending order; a work queue is done with what every group has acked. */
  onAcked(sequences: readonly number[], commit: TopicCommit): void {
    const { name, policy } = this.#content.record;
    if (policy.retention !== 'work-queue') return this.#acked.onAcked(sequences);
    try {
      if (sequences.length === 0) this.#acked.goOn(commit);
      else this.#acked.clear(sequences, commit);
    } catch (cause) {
      // No `PochtaError`: the acks are staged, so that the whole commit must fail.
      throw new Error(`acked messages of topic ${name} cannot be removed`, { cause });
    }
  }

  /**
   * Removes the oldest messages that every group has acked: so many messages and bytes, if there are as many. Whether
   * any was removed.
   */
  letGo(messages: number, bytes: number, commit: TopicCommit): boolean {
    return this.#size > 0 && this.#acked.letGo(messages, bytes, commit);
  }

  /** Of each group, how many messages in the log it has not acked; as staged. */
  unacked(): ReadonlyMap<GroupLog, number> {
    return new Map([...this].map((group) => [group, stagedBacklog(this.#content, group)]));
  }

  /** All that was in the log from `from` on is gone; `unacked`: as it was before. */
  onPurged(from: number, unacked: ReadonlyMap<GroupLog, number>): void {
    if (this.#size === 0) return;
    this.#removed.push({ from, to: this.#content.staged.nextSequence, reason: 'purged' });
    for (const [group, count] of unacked) {
      group.onPurged(count);
      if (group.hasRetries) this.#retriesWaste.add(group.leaveRetries(this.#newNumber()));
    }
  }

  /** Goes on with what commits have left to be done, a slice of it. */
  doDue(commit: TopicCommit): void {
    this.#ackedWaste.stageSome();
    this.#retriesWaste.stageSome();
    try {
      if (this.#acked.next.value <= commit.now()) this.#acked.goOn(commit);
    } catch (error) {
      // What cannot be read stays; that is no reason to fail what else is due.
      if (!(error instanceof PochtaError)) throw error;
    }
  }

  /** As committed. */
  infos(): GroupInfo[] {
    return [...this.#committed.values()].map((group) => this.infoOf(group));
  }

  /** As committed. */
  infoOf(group: GroupLog): GroupInfo {
    return groupInfo(this.#content, group);
  }

  seal(changes: MediumChanges): void {
    for (const group of this.#changed) group.seal();
    for (const space of Object.values(this.#spaces) as RecordSpace[]) space.seal(changes);
  }

  /** It was committed. Gives what members are to be told, if anything. */
  advance(deleted: boolean, appended: boolean): (() => void) | undefined {
    for (const [name, group] of this.#staged) {
      if (group === undefined) this.#committed.delete(name);
      else this.#committed.set(name, group);
    }
    for (const group of this.#changed) group.advance();
    this.#tellRemoved();
    if (deleted) for (const group of this.#committed.values()) this.#closing.add(group);
    for (const group of this.#closing) group.closed = true;
    const closed = [...this.#closing].flatMap((group) => group.dispatcher ?? []);
    for (const dispatcher of closed) dispatcher.close();
    this.#ackedWaste.advance();
    this.#retriesWaste.advance();
    this.#acked.advance();
    const told = this.#told(appended);
    this.#dropStaged();
    if (closed.length + told.length === 0) return undefined;
    return () => {
      for (const dispatcher of closed) dispatcher.tellClosed();
      for (const { dispatcher } of told) dispatcher?.tell();
    };
  }

  rollback(): void {
    for (const group of this.#changed) group.rollback();
    this.#ackedWaste.rollback();
    this.#retriesWaste.rollback();
    this.#acked.rollback();
    this.#dropStaged();
    this.#size = this.#committed.size;
  }

  /** The store is closed: nothing is handed out any more. */
  close(): void {
    for (const group of this.#committed.values()) group.dispatcher?.close();
  }

  #told(appended: boolean): GroupLog[] {
    const groups = appended ? this.#committed.values() : this.#changed;
    return [...groups].filter((group) => group.dispatcher?.isAwaited);
  }

  /** What fetches ask for may have gone meanwhile. */
  #tellRemoved(): void {
    if (this.#removed.length === 0) return;
    for (const group of this.#committed.values()) group.dispatcher?.onRemoved(this.#removed);
  }

  #add(name: string, config: GroupConfig, floor: number, lost = 0, deadLetters = 0): GroupLog {
    const number = this.#newNumber();
    const none = { ahead: 0, highest: 0, retries: 0, retriesNumber: number };
    const record: GroupRecord = { name, config, floor, lost, deadLetters, ...none };
    const group = new GroupLog(number, record, this.#content, this.#spaces, this.#onChange);
    this.#staged.set(name, group);
    this.#changed.add(group);
    this.#resize(1);
    return group;
  }

  #newNumber(): number {
    const { nextGroup } = this.#content.staged;
    this.#content.change({ nextGroup: nextGroup + 1 });
    return nextGroup;
  }

  #resize(by: number): void {
    this.#content.change({ groups: (this.#size += by) });
  }

  #dropStaged(): void {
    this.#staged.clear();
    this.#changed.clear();
    this.#closing.clear();
    this.#removed = [];
    for (const space of Object.values(this.#spaces) as RecordSpace[]) space.dropStaged();
  }

  #load(): void {
    const numbers = new Set<number>();
    const retriesNumbers = new Set<number>();
    for (const [key, value] of this.#spaces.groups.list(numbersKey(0), undefined)) {
      const [number, record] = [numberIn(key, 0), decodeGroup(value)];
      const group = new GroupLog(number, record, this.#content, this.#spaces, this.#onChange, record);
      numbers.add(number);
      retriesNumbers.add(record.retriesNumber);
      this.#committed.set(record.name, group);
    }
    this.#ackedWaste.findAll((number) => !numbers.has(number));
    this.#retriesWaste.findAll((number) => !retriesNumbers.has(number));
    this.#changed.clear();
    // A commit may have left something of what all have acked.
    if (this.#content.policy.retention === 'work-queue' && numbers.size > 0) this.#acked.next.by(0);
  }
}

import { errorFor, type StartPosition } from '@pochta/protocol';
import {
  MAX_GROUPS,
  unknownGroup,
  type GroupConfig,
  type GroupInfo,
  type GroupOptions,
} from '@pochta/storage-contract';
import type { GapReason, TopicPolicy } from '@pochta/protocol';
import type { TopicCommit } from '../commit/topic-commit';
import type { MediumChanges } from '../medium';
import type { LogContent } from '../log/log-content';
import type { LogRemoval } from '../log/log-removal';
import { LASTING, numberIn, numbersKey, RecordSpace, SPACE } from '../records/record-space';
import { AckedRemoval } from './durable/acked-removal';
import { BatchCache } from './fetch/batch-cache';
import { GroupLog, type GroupSpaces } from './durable/group-log';
import { decodeGroup, decodeRetry, type GroupRecord } from './durable/group-record';
import { RecordWaste } from './durable/record-waste';

/** All consumer groups of one topic, as committed and as staged. */
export class TopicGroups {
  readonly batches: BatchCache;
  readonly #content: LogContent;
  readonly #spaces: GroupSpaces;
  readonly #waste: RecordWaste;
  readonly #acked: AckedRemoval;
  readonly #committed = new Map<string, GroupLog>();
  /** What a commit creates or, where `undefined`, deletes. */
  readonly #staged = new Map<string, GroupLog | undefined>();
  readonly #changed = new Set<GroupLog>();
  /** Groups that a commit closes: their topic, or they, were deleted or reset. */
  readonly #closing = new Set<GroupLog>();
  readonly #onChange = (group: GroupLog): void => void this.#changed.add(group);
  #size: number;

  constructor(content: LogContent, removal: LogRemoval) {
    const { medium, record, state } = content;
    const space = (which: number): RecordSpace => new RecordSpace(medium, record, which, () => LASTING);
    this.#content = content;
    this.batches = new BatchCache(content);
    this.#acked = new AckedRemoval(content, removal, this);
    this.#spaces = {
      groups: space(SPACE.groups),
      acked: space(SPACE.acked),
      retries: space(SPACE.retries),
    };
    this.#waste = new RecordWaste([this.#spaces.acked, this.#spaces.retries]);
    // One group at least was there once.
    try {
      if (state.nextGroup > 1) this.#load();
    } catch (cause) {
      throw errorFor('DATA_DIR_UNUSABLE', `The groups of topic ${record.name} cannot be read`, { cause });
    }
    this.#size = this.#committed.size;
  }

  /** How many there are; as staged. */
  get size(): number {
    return this.#size;
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
    const config = { ...configOf(policy), ...given(options.config) };
    const floor = start(options.from ?? 'earliest');
    return this.#add({ name, config, floor, lost: 0, deadLetters: 0 });
  }

  /** Throws `GROUP_UNKNOWN`. */
  checkName(name: string): void {
    if (this.find(name) !== undefined) return;
    throw unknownGroup(this.#content.record.name, name);
  }

  /** Has a group that is there begin again at a position. */
  reset(name: string, floor: number, commit: TopicCommit): GroupLog {
    const { config, lost, deadLetters } = this.delete(name).staged;
    const group = this.#add({ name, config, floor, lost, deadLetters });
    this.onAcked([], commit);
    return group;
  }

  /** Deletes a group that is there. */
  delete(name: string): GroupLog {
    const group = this.find(name)!;
    this.#staged.set(name, undefined);
    this.#changed.delete(group);
    this.#closing.add(group);
    group.drop();
    this.#spaces.groups.delete(numbersKey(group.number));
    this.#waste.add(group.number);
    this.#acked.searchAgain();
    this.#resize(-1);
    return group;
  }

  /** Messages that were there are gone from the log. */
  onRemoved(from: number, to: number, reason: GapReason): void {
    if (this.#size === 0) return;
    for (const group of this) group.onRemoved(from, to, reason);
  }

  /** A group has acked these, in ascending order; a work queue is done with what every group has acked. */
  onAcked(sequences: readonly number[], commit: TopicCommit): void {
    if (sequences.length > 0) this.#acked.onAcked(sequences);
    const { name, policy } = this.#content.record;
    if (policy.retention !== 'work-queue') return;
    try {
      this.#acked.clear(sequences, commit);
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

  /** All `messages` that were in the log are gone. */
  onPurged(firstSequence: number, messages: number): void {
    if (this.#size === 0) return;
    const removed = { from: firstSequence, to: this.#content.staged.nextSequence, reason: 'purged' as const };
    for (const group of this) group.onPurged(messages - group.ackedHeld.getStaged(), removed);
  }

  /** As committed. */
  infos(): GroupInfo[] {
    return [...this.#committed.values()].map((group) => this.infoOf(group));
  }

  /** As committed. */
  infoOf(group: GroupLog): GroupInfo {
    const { name: topic } = this.#content.record;
    const { name, config, floor: ackFloor, lost, deadLetters } = group.record;
    const none = { inFlight: 0, gone: 0, members: 0, waiting: group.retries.size };
    const { inFlight, gone, waiting, members } = group.dispatcher?.counts() ?? none;
    const backlog = this.#content.state.messages - group.ackedHeld.get() - (inFlight - gone) - waiting;
    return { topic, name, config, ackFloor, inFlight, waiting, backlog, lost, deadLetters, members };
  }

  seal(changes: MediumChanges): void {
    if (this.#waste.pending) this.#waste.stageSome();
    if (this.#changed.size + this.#staged.size === 0 && !this.#waste.pending) return;
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
    if (deleted) for (const group of this.#committed.values()) this.#closing.add(group);
    for (const group of this.#closing) group.closed = true;
    const closed = [...this.#closing].flatMap((group) => group.dispatcher ?? []);
    for (const dispatcher of closed) dispatcher.close();
    this.#waste.advance();
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
    this.#waste.rollback();
    this.#acked.searchAgain();
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

  #add(record: GroupRecord): GroupLog {
    const number = this.#content.staged.nextGroup;
    this.#content.change({ nextGroup: number + 1 });
    const group = new GroupLog(number, record, this.#content, this.#spaces, this.#onChange);
    this.#staged.set(record.name, group);
    this.#changed.add(group);
    this.#resize(1);
    return group;
  }

  #resize(by: number): void {
    this.#size += by;
    this.#content.change({ groups: this.#size });
  }

  #dropStaged(): void {
    this.#staged.clear();
    this.#changed.clear();
    this.#closing.clear();
    for (const space of Object.values(this.#spaces) as RecordSpace[]) space.dropStaged();
  }

  #load(): void {
    const byNumber = new Map<number, GroupLog>();
    for (const [key, value] of this.#spaces.groups.list(numbersKey(0), undefined)) {
      const [number, record] = [numberIn(key, 0), decodeGroup(value)];
      const group = new GroupLog(number, record, this.#content, this.#spaces, this.#onChange, record);
      byNumber.set(number, group);
      this.#committed.set(record.name, group);
    }
    for (const [key, value] of this.#spaces.retries.list(numbersKey(0, 0), undefined)) {
      byNumber.get(numberIn(key, 0))?.load(numberIn(key, 1), decodeRetry(value));
    }
    this.#waste.findAll((number) => !byNumber.has(number));
    this.#changed.clear();
  }
}

function configOf({ ackDeadline, maxDeliveries, backoffMin, backoffMax }: TopicPolicy): GroupConfig {
  return { ackDeadline, maxDeliveries, backoffMin, backoffMax };
}

/** Without what is given as `undefined`. */
function given(config: Partial<GroupConfig> = {}): Partial<GroupConfig> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function checkConfig(name: string, config: GroupConfig, wanted: Partial<GroupConfig> = {}): void {
  for (const [field, value] of Object.entries(given(wanted))) {
    const present = config[field as keyof GroupConfig];
    if (value === present) continue;
    throw errorFor('GROUP_MISMATCH', `Group ${name} has ${field} ${present}, and not ${value}`, { field });
  }
}

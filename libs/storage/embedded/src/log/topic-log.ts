import type { GapReason, MessageBatch, StartPosition, StoredBatch, TopicPolicy } from '@pochta/protocol';
import type { AppendResult, TopicInfo } from '@pochta/storage-contract';
import { addDeadLetters } from '../dead-letters/dead-letters';
import { TopicWindow } from '../dedupe/topic-window';
import type { TopicCommit } from '../commit/topic-commit';
import type { Medium, TopicRecord } from '../medium';
import { TopicGroups } from '../groups/topic-groups';
import type { Budget } from '../schedule/budget';
import { dueAfter, splitByDue } from '../schedule/delayed-message';
import { Delays } from '../schedule/delays';
import { Expiries } from '../schedule/expiries';
import { canExpire, unexpired } from './expired';
import { Intake, type Selection } from './intake';
import { LogContent } from './log-content';
import { LogIndex } from './log-index';
import { LogRemoval } from './log-removal';
import { Picker } from './picker';
import { Room } from './room';
import { sliceStored } from './stored-batch';
import { withRemoval, type TopicState } from './topic-state';
import { TopicTails, type Happening } from './topic-tails';

/** Where a reader begins: at `position`, after telling that all from `epochHole` on was of another epoch. */
export interface ReaderStart {
  readonly position: number;
  readonly epochHole?: number;
}

/**
 * One topic's log: gives sequences, keeps the limits, removes what is done with. Operations change what is staged and
 * put what is to be written into the medium's changes; `advance` makes the staged state the one that everybody sees,
 * `rollback` drops it.
 */
export class TopicLog {
  readonly tails = new TopicTails();
  readonly content: LogContent;
  readonly groups: TopicGroups;
  readonly #removal: LogRemoval;
  readonly #window: TopicWindow;
  readonly #index: LogIndex;
  readonly #picker: Picker;
  readonly #delays: Delays;
  readonly #expiries: Expiries;
  readonly #room: Room;
  #deleted = false;
  #happenings: Happening[] = [];

  constructor(medium: Medium, record: TopicRecord, state: TopicState) {
    this.content = new LogContent(medium, record, state);
    this.#removal = new LogRemoval(
      this.content,
      (reason) => this.#onFront(reason),
      (from, to, reason) => this.groups.onRemoved(from, to, reason),
    );
    this.groups = new TopicGroups(this.content, this.#removal);
    this.#window = new TopicWindow(this.content);
    this.#index = new LogIndex(this.content, this.#removal);
    this.#picker = new Picker(this.content);
    this.#delays = new Delays(this.content);
    this.#expiries = new Expiries(this.content, this.#removal, (runs, commit) => {
      if (this.content.record.policy.deadLetterExpired) addDeadLetters(commit, this, runs);
    });
    this.#room = new Room(this, this.#removal, this.#expiries);
  }

  /** Its deletion was committed. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** When there is something to do by itself, in store time, as staged; perhaps too early, never too late. */
  get nextDue(): number {
    const { groups } = this;
    return Math.min(
      this.#delays.next.value,
      this.#expiries.next.value,
      this.#room.next.value,
      groups.nextDue,
    );
  }

  /** Finds what an earlier run has left to be done. */
  recover(): void {
    this.#delays.recover();
    this.#expiries.recover();
  }

  /** Removes what has expired or is too much, and appends what waited and is due, as far as the budget goes. */
  doDue(commit: TopicCommit, budget: Budget): void {
    this.groups.doDue(commit);
    this.#expiries.sweep(commit, budget);
    const due = this.#delays.takeDue(commit.now(), budget);
    if (due !== undefined) this.adopt(due, commit);
    else if (budget.spent || this.#room.next.value > commit.now()) return;
    const { messages, bytes } = this.content.staged;
    this.#room.dropOverflow(commit, due);
    budget.spend(messages - this.content.staged.messages, bytes - this.content.staged.bytes);
  }

  append(batch: MessageBatch, commit: TopicCommit): AppendResult {
    return this.store(this.intake(commit).select(batch), commit);
  }

  /** Decides what the topic takes as it is now. */
  intake(commit: TopicCommit): Intake {
    const now = commit.now();
    this.#window.expire(now);
    const host = {
      window: () => this.#window.get(now),
      dueTimeOf: dueAfter(now, commit.wallShift()),
      makeRoom: (lacking: number, bytes: number) => this.#room.make(lacking, bytes, commit),
    };
    return new Intake(this.content.record.policy, () => this.content.staged, host);
  }

  /** Appends what an intake has selected. */
  store({ messages, repeats, refusals }: Selection, commit: TopicCommit): AppendResult {
    if (messages === undefined) return { firstSequence: 0, stored: 0, repeats, delayed: 0, refusals };
    const now = commit.now();
    const dueTimeOf = dueAfter(now, commit.wallShift());
    const { ready, waiting } = splitByDue(messages, dueTimeOf);
    if (waiting.length > 0) this.#delays.add(messages, waiting, dueTimeOf, now);
    const firstSequence = ready === undefined ? 0 : this.adopt(ready, commit);
    this.#room.dropOverflow(commit, messages);
    return { firstSequence, stored: ready?.count ?? 0, repeats, delayed: waiting.length, refusals };
  }

  /** Appends messages whatever the limits say, and without a look at their ids; gives the first one's sequence. */
  adopt(messages: MessageBatch, commit: TopicCommit): number {
    const { staged, record, medium } = this.content;
    // Times never go back within a topic, or a start at a time could not be found by halving.
    const timestamp = Math.max(commit.now(), staged.lastTimestamp);
    const { nextSequence: firstSequence } = staged;
    const stored: StoredBatch = { topic: record.name, firstSequence, timestamp, messages };
    this.#tell(stored, commit);
    const parts = medium.parts?.(messages) ?? [messages];
    this.content.change({
      nextSequence: firstSequence + messages.count,
      messages: staged.messages + messages.count,
      bytes: staged.bytes + messages.byteLength,
      lastTimestamp: timestamp,
    });
    let sequence = firstSequence;
    for (const part of parts) {
      this.#append({ topic: record.name, firstSequence: sequence, timestamp, messages: part }, commit);
      sequence += part.count;
    }
    return firstSequence;
  }

  /** Removes messages of the highest priority, oldest first: consecutive ones of one batch, which has one time. */
  take(count: number, commit: TopicCommit): StoredBatch | undefined {
    this.#room.sweep(commit);
    const picked = count < 1 ? undefined : this.#picker.pick(count, commit.now());
    if (picked === undefined) return undefined;
    const { batch, from, to } = picked;
    this.#removal.removeRun(batch, from, to, 'taken', commit.changes);
    return sliceStored(batch, from, to);
  }

  /** Removes those messages of a batch that are there still, from `from` up to, but without, `to`. */
  remove(batch: StoredBatch, from: number, to: number, reason: GapReason, { changes }: TopicCommit): void {
    let at = Math.max(from, this.content.staged.firstSequence);
    while ((at = this.content.holes.firstWithout(at, to)) < to) {
      const end = Math.min(to, this.#removal.runEnd(batch, at));
      this.#removal.removeRun(batch, at, end, reason, changes);
      at = end;
    }
  }

  /** Removes all messages; gives their number. */
  purge({ changes }: TopicCommit): number {
    const { messages, delayed, firstSequence, nextSequence, generation, removals } = this.content.staged;
    if (messages + delayed === 0) return 0;
    const unacked = this.groups.unacked();
    const numbers = { messages: 0, bytes: 0, holes: 0, levels: 0, delayed: 0, delayedBytes: 0 };
    this.content.change({ ...numbers, firstSequence: nextSequence, generation: generation + 1 });
    this.content.clear(nextSequence - 1, changes);
    this.#delays.clear();
    this.#expiries.clear();
    if (messages > 0) {
      this.content.change({
        removals: withRemoval(removals, { through: nextSequence - 1, reason: 'purged' }),
      });
      this.groups.onPurged(firstSequence, unacked);
      this.#onFront('purged');
    }
    return messages + delayed;
  }

  update(policy: TopicPolicy, commit: TopicCommit): void {
    this.content.record = { ...this.content.record, policy };
    this.#expiries.lookAgain();
    this.#room.sweep(commit);
    commit.changes.putTopic(this.content.record, this.content.staged);
    this.#room.dropOverflow(commit);
  }

  delete({ changes }: TopicCommit): void {
    const { record, staged } = this.content;
    changes.dropTopic(record, { nextSequence: staged.nextSequence, epoch: record.epoch });
    this.#happenings.push((listener) => listener.onDeleted?.());
  }

  /** Where a reader that starts at `from` begins; by the staged state, which is the committed one between commits. */
  start(from: StartPosition): ReaderStart {
    const { record, staged } = this.content;
    const { firstSequence, nextSequence, messages } = staged;
    if (from === 'earliest') return { position: firstSequence };
    if (from === 'new') return { position: nextSequence };
    if (from === 'last') {
      if (messages === 0) return { position: nextSequence };
      return { position: record.policy.compact ? firstSequence : this.#index.lastPresent() };
    }
    if ('time' in from) return { position: this.#index.sequenceAt(from.time) };
    if (from.epoch !== undefined && from.epoch !== record.epoch) {
      return { position: firstSequence, epochHole: from.sequence };
    }
    return { position: Math.min(from.sequence, nextSequence) };
  }

  /** Ends the changes of this commit. */
  seal(commit: TopicCommit, deleted: boolean): void {
    if (deleted) return;
    this.groups.seal(commit.changes);
    this.content.seal(commit.changes);
    this.#window.seal(commit);
  }

  /** It was committed. Gives what tails and members are to be told, if anything. */
  advance(deleted: boolean): (() => void) | undefined {
    const { nextSequence } = this.content.state;
    this.content.advance();
    const toMembers = this.groups.advance(deleted, this.content.state.nextSequence > nextSequence);
    this.#deleted = deleted;
    this.#window.advance();
    this.#picker.advance();
    this.#delays.next.advance();
    this.#expiries.advance();
    this.#room.next.advance();
    const toTails = this.tails.announcement(this.#happenings);
    this.#happenings = [];
    if (toMembers === undefined) return toTails;
    return () => {
      toTails?.();
      toMembers();
    };
  }

  /** It was not committed. */
  rollback(): void {
    this.content.rollback();
    this.groups.rollback();
    this.#window.rollback();
    this.#picker.rollback();
    this.#delays.next.rollback();
    this.#expiries.rollback();
    this.#room.next.rollback();
    this.#happenings = [];
  }

  /** As committed. */
  info(): TopicInfo {
    return this.content.info();
  }

  #append(stored: StoredBatch, commit: TopicCommit): void {
    this.content.append(stored, commit.changes);
    this.#expiries.note(stored);
    this.#index.add(stored, commit.changes);
  }

  /** Tells the tails of a batch, but for the messages that have expired until they are told. */
  #tell(stored: StoredBatch, commit: TopicCommit): void {
    const { maxAge } = this.content.record.policy;
    if (!canExpire(stored, maxAge)) {
      this.#happenings.push((listener) => listener.onCommit(stored));
      return;
    }
    let parts: StoredBatch[] | undefined;
    this.#happenings.push((listener) => {
      parts ??= unexpired(stored, maxAge, commit.now());
      for (const part of parts) listener.onCommit(part);
    });
  }

  #onFront(reason: GapReason): void {
    const through = this.content.staged.firstSequence - 1;
    this.#happenings.push((listener) => listener.onRemoved?.(through, reason));
  }
}

import type { GapReason } from '@pochta/protocol';
import type { GroupConfig } from '@pochta/storage-contract';
import type { LogContent } from '../../log/log-content';
import { numbersKey, type RecordSpace } from '../../records/record-space';
import { SequenceMarks } from '../../records/sequence-marks';
import type { Dispatcher } from '../dispatcher';
import { encodeGroup, encodeRetry, type GroupRecord, type Retry } from './group-record';
import { AckedCount } from './acked-count';

/** Why messages go that is no loss to a group: it counts as acked, or the last message of its key is still there. */
const NO_LOSS: ReadonlySet<GapReason> = new Set(['taken', 'compacted']);

/** Records that the groups of a topic share. */
export interface GroupSpaces {
  readonly groups: RecordSpace;
  readonly acked: RecordSpace;
  readonly retries: RecordSpace;
}

/** Messages that are gone from a log, from `from` up to, but without, `to`. */
export interface RemovedRange {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/**
 * What is durable of one group: its ack floor, what is acked above it, what failed. Operations change what is staged;
 * `advance` makes that the state that everybody sees, `rollback` drops it.
 */
export class GroupLog {
  readonly marks: SequenceMarks;
  /** What was committed of the messages that failed. */
  readonly retries = new Map<number, Retry>();
  readonly ackedHeld: AckedCount;
  /** The sequence from which on its members are still to be told of holes; what it was at, when it was loaded. */
  start: number;
  /** Hands out its messages; once somebody has opened the group. */
  dispatcher: Dispatcher | undefined;
  /** Its deletion, or its topic's, was committed. */
  closed = false;
  readonly #content: LogContent;
  readonly #spaces: GroupSpaces;
  readonly #onChange: (group: GroupLog) => void;
  readonly #stagedRetries = new Map<number, Retry | undefined>();
  #removed: RemovedRange[] = [];
  /** What the dispatcher does once the commit is done. */
  #effects: (() => void)[] = [];
  #committed: GroupRecord;
  #written: GroupRecord | undefined;
  /** No mark is above this sequence. */
  #highestMark: number;

  /** As staged. */
  staged: GroupRecord;

  /** `written`: what the medium has of it; `undefined` for a new group. */
  constructor(
    readonly number: number,
    record: GroupRecord,
    content: LogContent,
    spaces: GroupSpaces,
    onChange: (group: GroupLog) => void,
    written?: GroupRecord,
  ) {
    this.#content = content;
    this.#spaces = spaces;
    this.#onChange = onChange;
    this.start = record.floor;
    this.#committed = this.staged = record;
    this.#written = written;
    this.marks = new SequenceMarks(spaces.acked, [number]);
    this.#highestMark = written === undefined ? 0 : this.marks.bound();
    this.ackedHeld = new AckedCount(content, this);
    this.raiseFloor();
    if (written !== undefined) this.#committed = this.staged;
  }

  get name(): string {
    return this.staged.name;
  }

  get config(): GroupConfig {
    return this.staged.config;
  }

  /** As committed. */
  get record(): GroupRecord {
    return this.#committed;
  }

  /** No message above this sequence is acked. */
  get highestMark(): number {
    return this.#highestMark;
  }

  /** As staged. */
  isAcked(sequence: number): boolean {
    if (sequence < this.staged.floor) return true;
    return sequence <= this.#highestMark && this.marks.get(sequence) !== 0;
  }

  /** Acks messages that were not, from `from` up to, but without, `to`. */
  ack(from: number, to: number): void {
    const start = Math.max(from, this.staged.floor);
    if (start >= to) return;
    this.#onChange(this);
    this.ackedHeld.add(start, to);
    this.#forgetRetries(start, to);
    if (start === this.staged.floor) {
      this.staged = { ...this.staged, floor: to };
      this.raiseFloor();
      return;
    }
    for (let sequence = start; sequence < to; sequence++) this.marks.set(sequence, 1);
    this.#highestMark = Math.max(this.#highestMark, to - 1);
  }

  /** Messages became dead letters; they are to be acked as well. */
  countDeadLetters(count: number): void {
    this.#onChange(this);
    this.staged = { ...this.staged, deadLetters: this.staged.deadLetters + count };
  }

  /** A delivery failed; the message comes again. */
  retry(sequence: number, retry: Retry): void {
    this.#onChange(this);
    this.#stagedRetries.set(sequence, retry);
    this.#spaces.retries.put(numbersKey(this.number, sequence), encodeRetry(retry));
  }

  /** Messages that were there are gone from the log; `ackedHeld` was counted with them. */
  onRemoved(from: number, to: number, reason: GapReason): void {
    this.#onChange(this);
    if (this.dispatcher !== undefined) this.#removed.push({ from, to, reason });
    const start = Math.max(from, this.staged.floor);
    if (start < to) {
      const unacked = to - start - this.#marked(start, to);
      this.ackedHeld.remove(to - from - unacked);
      this.#forgetRetries(start, to);
      if (unacked > 0 && !NO_LOSS.has(reason)) {
        this.staged = { ...this.staged, lost: this.staged.lost + unacked };
      }
    } else this.ackedHeld.remove(to - from);
    this.raiseFloor();
  }

  /** All that was in the log is gone, `unacked` messages before this group acked them. */
  onPurged(unacked: number, removed: RemovedRange): void {
    this.#onChange(this);
    if (this.dispatcher !== undefined) this.#removed.push(removed);
    this.ackedHeld.clear();
    this.#forgetRetries(0, Infinity);
    this.staged = { ...this.staged, lost: this.staged.lost + unacked };
    this.raiseFloor();
  }

  /** Moves the floor over what is acked or gone. */
  raiseFloor(): void {
    const { staged, holes } = this.#content;
    const before = this.staged.floor;
    let floor = Math.max(before, staged.firstSequence);
    for (let from = -1; from !== floor;) {
      from = floor;
      if (floor <= this.#highestMark) floor = this.marks.firstWithout(floor, this.#highestMark + 1);
      if (staged.holes > 0) floor = holes.firstWithout(floor, staged.nextSequence);
    }
    if (floor === before) return;
    // Those that the commit does away with are forgotten with the next one: until then, fetches ask for them.
    if (this.#highestMark > 0) this.marks.forgetBelow(this.#committed.floor);
    this.staged = { ...this.staged, floor };
  }

  /** Has `effect` happen once what this operation staged is committed. */
  then(effect: () => void): void {
    this.#onChange(this);
    this.#effects.push(effect);
  }

  /** It is deleted in this commit: nothing of what was staged for it is written. */
  drop(): void {
    for (const sequence of this.#stagedRetries.keys()) {
      this.#spaces.retries.delete(numbersKey(this.number, sequence));
    }
    this.rollback();
  }

  /** A retry that the medium holds. */
  load(sequence: number, retry: Retry): void {
    this.retries.set(sequence, retry);
  }

  /** Its floor alone need not be written: it is found again. */
  seal(): void {
    this.marks.seal();
    const { floor, ...rest } = this.staged;
    const known = this.#written;
    const same = known !== undefined && rest.lost === known.lost && rest.deadLetters === known.deadLetters;
    if (!same || floor !== known.floor) {
      this.#spaces.groups.put(numbersKey(this.number), encodeGroup(this.staged));
    }
  }

  advance(): void {
    this.#committed = this.#written = this.staged;
    this.marks.advance();
    for (const [sequence, retry] of this.#stagedRetries) {
      if (retry === undefined) this.retries.delete(sequence);
      else this.retries.set(sequence, retry);
    }
    this.#stagedRetries.clear();
    this.ackedHeld.advance();
    const [effects, removed] = [this.#effects, this.#removed];
    this.#effects = [];
    this.#removed = [];
    for (const effect of effects) effect();
    this.dispatcher?.onRemoved(removed);
  }

  rollback(): void {
    this.staged = this.#committed;
    this.marks.rollback();
    this.#stagedRetries.clear();
    this.ackedHeld.rollback();
    this.#removed = [];
    this.#effects = [];
  }

  #marked(from: number, to: number): number {
    const end = Math.min(to, this.#highestMark + 1);
    let marked = 0;
    for (let at = from; at < end;) {
      const start = this.marks.firstWith(at, end);
      at = this.marks.firstWithout(start, end);
      marked += at - start;
    }
    return marked;
  }

  #forgetRetries(from: number, to: number): void {
    if (this.retries.size === 0 && this.#stagedRetries.size === 0) return;
    if (to - from > this.retries.size + this.#stagedRetries.size) {
      const known = [...this.retries.keys(), ...this.#stagedRetries.keys()];
      for (const sequence of known) if (sequence >= from && sequence < to) this.#forgetRetry(sequence);
    } else for (let sequence = from; sequence < to; sequence++) this.#forgetRetry(sequence);
  }

  #forgetRetry(sequence: number): void {
    if (!this.retries.has(sequence) && !this.#stagedRetries.has(sequence)) return;
    this.#stagedRetries.set(sequence, undefined);
    this.#spaces.retries.delete(numbersKey(this.number, sequence));
  }
}

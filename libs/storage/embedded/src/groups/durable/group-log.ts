import type { GapReason } from '@pochta/protocol';
import type { GroupConfig } from '@pochta/storage-contract';
import type { LogContent } from '../../log/log-content';
import { LASTING, numbersKey, RecordSpace, SPACE } from '../../records/record-space';
import { SequenceMarks } from '../../records/sequence-marks';
import type { Dispatcher } from '../dispatcher';
import { encodeGroup, type GroupRecord, type Retry } from './group-record';
import { GroupRetries } from './group-retries';

/** Why messages go that is no loss to a group: it counts as acked, or the last message of its key is still there. */
const NO_LOSS: ReadonlySet<GapReason> = new Set(['taken', 'compacted']);

/** Records that the groups of a topic share. */
export interface GroupSpaces {
  readonly groups: RecordSpace;
  readonly acked: RecordSpace;
  readonly retries: RecordSpace;
}

export function groupSpaces({ medium, record }: LogContent): GroupSpaces {
  const space = (which: number): RecordSpace => new RecordSpace(medium, record, which, () => LASTING);
  return { groups: space(SPACE.groups), acked: space(SPACE.acked), retries: space(SPACE.retries) };
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
  readonly #retries: GroupRetries;
  /** The sequence from which on its members are still to be told of holes; what it was at, when it was loaded. */
  start: number;
  /** Its deletion, or its topic's, was committed. */
  closed = false;
  readonly #content: LogContent;
  readonly #spaces: GroupSpaces;
  readonly #onChange: (group: GroupLog) => void;
  #dispatcher: Dispatcher | undefined;
  /** What the dispatcher does once the commit is done. */
  #effects: (() => void)[] = [];
  #committed: GroupRecord;
  #written: GroupRecord | undefined;

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
    this.#retries = new GroupRetries(spaces.retries, record.retriesNumber, record.retries);
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

  /** Hands out its messages; there is one while somebody wants them. */
  get dispatcher(): Dispatcher | undefined {
    return this.#dispatcher;
  }

  set dispatcher(dispatcher: Dispatcher | undefined) {
    this.#dispatcher = dispatcher;
    if (dispatcher === undefined) this.#retries.release();
  }

  /** What was committed of the messages that failed, by their sequence; read page by page. */
  get retries(): Iterable<[sequence: number, retry: Retry]> {
    return this.#retries.read();
  }

  /** No message above this sequence is acked; as staged. */
  get highestMark(): number {
    return this.staged.highest;
  }

  /** As staged. */
  isAcked(sequence: number): boolean {
    if (sequence < this.staged.floor) return true;
    return sequence <= this.highestMark && this.marks.get(sequence) !== 0;
  }

  /** The first sequence from `from` up to, but without, `to` that is acked, or else `to`; as staged. */
  nextAcked(from: number, to: number): number {
    return from < this.staged.floor ? from : this.marks.firstWith(from, to);
  }

  /** The first sequence from `from` up to, but without, `to` that is not acked, or else `to`; as staged. */
  nextUnacked(from: number, to: number): number {
    const start = Math.max(from, this.staged.floor);
    return start < to ? this.marks.firstWithout(start, to) : to;
  }

  /** Acks messages that were not, from `from` up to, but without, `to`. */
  ack(from: number, to: number): void {
    const start = Math.max(from, this.staged.floor);
    if (start >= to) return;
    this.#onChange(this);
    this.#retries.forget(start, to);
    if (start === this.staged.floor) {
      this.staged = { ...this.staged, floor: to };
      this.raiseFloor();
      return;
    }
    for (let sequence = start; sequence < to; sequence++) this.marks.set(sequence, 1);
    const ahead = this.staged.ahead + this.#held(start, to);
    this.staged = { ...this.staged, ahead, highest: Math.max(this.highestMark, to - 1) };
  }

  /** Messages became dead letters; they are to be acked as well. */
  countDeadLetters(count: number): void {
    this.#onChange(this);
    this.staged = { ...this.staged, deadLetters: this.staged.deadLetters + count };
  }

  /** A delivery failed; the message comes again. */
  retry(sequence: number, retry: Retry): void {
    this.#onChange(this);
    this.#retries.put(sequence, retry);
  }

  /** Messages that were there are gone from the log. */
  onRemoved(from: number, to: number, reason: GapReason): void {
    this.#onChange(this);
    const start = Math.max(from, this.staged.floor);
    if (start < to) {
      const acked = this.#marked(start, to);
      const unacked = to - start - acked;
      this.#retries.forget(start, to);
      const lost = NO_LOSS.has(reason) ? 0 : unacked;
      const { staged } = this;
      this.staged = { ...staged, ahead: staged.ahead - acked, lost: staged.lost + lost };
    }
    this.raiseFloor();
  }

  /** All that was in the log is gone, `unacked` messages before this group acked them. */
  onPurged(unacked: number): void {
    this.#onChange(this);
    this.staged = { ...this.staged, ahead: 0, lost: this.staged.lost + unacked };
    this.raiseFloor();
  }

  /** Whether a message waits to come again; as staged. */
  get hasRetries(): boolean {
    return this.#retries.stagedSize > 0;
  }

  /** Comes before the sequence in the keys of its retries; as staged. */
  get retriesNumber(): number {
    return this.#retries.number;
  }

  /** No message waits to come again. Gives the number under which the records of those that did are waste. */
  leaveRetries(number: number): number {
    this.#onChange(this);
    return this.#retries.leave(number);
  }

  /** Moves the floor over what is acked or gone. */
  raiseFloor(): void {
    const { staged, holes } = this.#content;
    const before = this.staged.floor;
    let floor = Math.max(before, staged.firstSequence);
    let passed = 0;
    for (let from = -1; from !== floor;) {
      from = floor;
      if (floor <= this.highestMark) {
        floor = this.marks.firstWithout(floor, this.highestMark + 1);
        passed += this.#held(from, floor);
      }
      if (staged.holes > 0) floor = holes.firstWithout(floor, staged.nextSequence);
    }
    if (floor === before) return;
    // Those that the commit does away with are forgotten with the next one: until then, fetches ask for them.
    if (this.highestMark > 0) this.marks.forgetBelow(this.#committed.floor);
    this.staged = { ...this.staged, floor, ahead: this.staged.ahead - passed };
  }

  /** Has `effect` happen once what this operation staged is committed. */
  then(effect: () => void): void {
    this.#onChange(this);
    this.#effects.push(effect);
  }

  /** It is deleted in this commit: nothing of what was staged for it is written. */
  drop(): void {
    this.#retries.drop();
    this.rollback();
  }

  /** Written only where something of it has changed. */
  seal(): void {
    this.marks.seal();
    const { number: retriesNumber, stagedSize: retries } = this.#retries;
    this.staged = { ...this.staged, retries, retriesNumber };
    const value = encodeGroup(this.staged);
    const written = this.#written && encodeGroup(this.#written);
    if (!written?.equals(value)) this.#spaces.groups.put(numbersKey(this.number), value);
  }

  advance(): void {
    this.#committed = this.#written = this.staged;
    this.marks.advance();
    this.#retries.advance();
    const effects = this.#effects;
    this.#effects = [];
    for (const effect of effects) effect();
  }

  rollback(): void {
    this.staged = this.#committed;
    this.marks.rollback();
    this.#retries.rollback();
    this.#effects = [];
  }

  /** Of these, how many are in the log; as staged. */
  #held(from: number, to: number): number {
    const { holes, staged } = this.#content;
    if (staged.holes === 0) return to - from;
    let held = 0;
    for (let at = from; at < to;) {
      const start = holes.firstWithout(at, to);
      at = holes.firstWith(start, to);
      held += at - start;
    }
    return held;
  }

  #marked(from: number, to: number): number {
    const end = Math.min(to, this.highestMark + 1);
    let marked = 0;
    for (let at = from; at < end;) {
      const start = this.marks.firstWith(at, end);
      at = this.marks.firstWithout(start, end);
      marked += at - start;
    }
    return marked;
  }
}

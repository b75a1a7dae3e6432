import { lastSequence, type GapReason, type MessageAttributes, type StoredBatch } from '@pochta/protocol';
import type { Hole } from '@pochta/storage-contract';
import { expiry, stretchEnd } from '../../log/expired';
import { reasonOf } from '../../log/gap-marks';
import type { LogContent } from '../../log/log-content';
import { removalReason } from '../../log/topic-state';
import { Budget } from '../../schedule/budget';
import type { BatchCache } from './batch-cache';
import type { GroupLog } from '../durable/group-log';
import type { Unsettled } from '../in-flight/unsettled';
import type { UnsettledTotal } from '../in-flight/unsettled-total';

/** What a group may keep beside what is in flight, however much others of its store do. */
const LEAST_KEPT = 1000;
/** Messages, and bytes of them, that one fetch looks at beside those that it gives: the rest is a later one's. */
const EXAMINED = 1000;
const EXAMINED_BYTES = 1 << 20;
/** So many sequences that are passed without a look at their messages count as one that is looked at. */
const PASSED = 64;
/** Most of those that are passed in one step. */
const STEP = 16_384;

/** How many messages a group may have taken out of the log and not settled. */
export interface UnsettledLimits {
  readonly maxUnsettled: number;
  readonly total: UnsettledTotal;
}

/** A message in its batch. */
export interface Found {
  readonly batch: StoredBatch;
  readonly sequence: number;
}

/**
 * How far a group has taken messages out of the log: below it, each is settled, gone, or among the unsettled ones. Passes
 * over what the group has handed out or acked ahead of its turn, and notes the holes that members are to be told of.
 */
export class GroupPosition {
  readonly #content: LogContent;
  readonly #group: GroupLog;
  readonly #unsettled: Unsettled;
  readonly #batches: BatchCache;
  readonly #limits: UnsettledLimits;
  /** Members were told of holes below it, or need not be. */
  readonly #told: number;
  #at: number;
  #holes: { from: number; to: number; reason: GapReason }[] = [];
  #budget = new Budget(EXAMINED, EXAMINED_BYTES);

  /** A commit that is under way has removed what was to be read: its state will tell. */
  blocked = false;

  constructor(
    content: LogContent,
    group: GroupLog,
    unsettled: Unsettled,
    batches: BatchCache,
    limits: UnsettledLimits,
  ) {
    this.#content = content;
    this.#group = group;
    this.#unsettled = unsettled;
    this.#batches = batches;
    this.#limits = limits;
    this.#told = group.start;
    this.#at = Math.min(group.start, group.record.floor);
  }

  /** The next sequence to look at. */
  get at(): number {
    return this.#at;
  }

  /** How many messages may be taken out of the log. */
  get room(): number {
    const { maxUnsettled, total } = this.#limits;
    const { size, inFlight } = this.#unsettled;
    const room = maxUnsettled - size;
    return total.isFull ? Math.min(room, LEAST_KEPT - (size - inFlight)) : room;
  }

  /** From this sequence on, the next position has to tell of holes. */
  get untold(): number {
    return this.#holes[0]?.from ?? Math.max(this.#at, this.#told);
  }

  /** It has looked at as much as one fetch may: only the next one finds more. */
  get spent(): boolean {
    return this.#budget.spent;
  }

  /** For the next fetch. */
  begin(): void {
    this.blocked = false;
    this.#budget = new Budget(EXAMINED, EXAMINED_BYTES);
  }

  /** A message was looked at, and is not handed out. */
  examined({ firstSequence, messages }: StoredBatch, sequence: number): void {
    const index = sequence - firstSequence;
    const payload = messages.end(index) - messages.start(index);
    this.#budget.spend(1, payload + attributesLength(messages.attributes?.[index]));
  }

  /** So many sequences were passed without a look at their messages. */
  passed(count: number): void {
    this.#budget.spend(count / PASSED, 0);
  }

  /** The holes that were passed since the last call. */
  takeHoles(): Hole[] {
    const holes = this.#holes;
    this.#holes = [];
    return holes;
  }

  /**
   * The next message that may be handed out; those that are not to overtake one of their key are parked on the way.
   * `undefined` also when it is `spent`.
   */
  head(now: number): Found | undefined {
    this.blocked = false;
    for (;;) {
      this.passSettled();
      if (this.#at >= this.#content.state.nextSequence || this.room <= 0 || this.spent) return undefined;
      const batch = this.#batches.read(this.#at);
      if (batch === undefined) {
        this.blocked = true;
        return undefined;
      }
      if (this.#passExpired(batch, now)) continue;
      const attributes = batch.messages.attributes?.[this.#at - batch.firstSequence];
      if (attributes?.key === undefined || !this.#unsettled.isBusy(attributes.key)) {
        return { batch, sequence: this.#at };
      }
      this.examined(batch, this.#at);
      this.#unsettled.park(this.#at, attributes.key, attributes.priority ?? 0);
      this.#at++;
    }
  }

  /** The end of the stretch of at most so many messages that may be handed out like this one, keys aside. */
  stretchEnd({ batch, sequence }: Found, most: number, now: number): number {
    const { holes, state, record } = this.#content;
    const { firstSequence } = batch;
    let end = Math.min(lastSequence(batch) + 1, sequence + Math.min(most, this.room));
    if (state.holes > 0) end = holes.firstCommittedWith(sequence, end);
    if (sequence <= this.#group.highestMark) end = this.#group.marks.firstCommittedWith(sequence, end);
    const { maxAge } = record.policy;
    end = firstSequence + stretchEnd(batch, sequence - firstSequence, end - firstSequence, maxAge, now).end;
    const known = Math.min(end - 1, this.#unsettled.highest);
    for (let at = sequence; at <= known; at++) if (this.#unsettled.has(at)) return at;
    return end;
  }

  /** All before this sequence was taken out. */
  moveTo(sequence: number): void {
    this.#at = sequence;
  }

  /** Whether the message can be handed out from ahead of the position. */
  isFree(sequence: number): boolean {
    const { holes, state } = this.#content;
    if (sequence < Math.max(this.#at, state.firstSequence) || this.#unsettled.has(sequence)) return false;
    if (sequence < this.#group.record.floor) return false;
    if (sequence <= this.#group.highestMark && this.#group.marks.committed(sequence) !== 0) return false;
    return state.holes === 0 || holes.committed(sequence) === 0;
  }

  /** Goes past what is gone, settled, or unsettled already, until it is `spent`. */
  passSettled(): void {
    const { state } = this.#content;
    while ((this.#at < state.nextSequence || this.#at < state.firstSequence) && !this.spent) {
      const before = this.#at;
      this.#passFront();
      this.#passAcked();
      if (this.#at <= this.#unsettled.highest && this.#unsettled.has(this.#at)) this.#at++;
      this.#passHole();
      if (this.#at === before) return;
      this.passed(this.#at - before);
    }
  }

  #passFront(): void {
    const { state } = this.#content;
    while (this.#at < state.firstSequence) {
      const removal = state.removals.find(({ through }) => through >= this.#at);
      const end = Math.min(removal === undefined ? Infinity : removal.through + 1, state.firstSequence);
      this.#skip(end, removalReason(state, this.#at));
    }
  }

  /** Below its ack floor, what is held is acked. */
  #passAcked(): void {
    const { holes, state } = this.#content;
    const { record, marks, highestMark } = this.#group;
    if (this.#at < record.floor) {
      const end = Math.min(record.floor, this.#at + STEP);
      this.#at = state.holes === 0 ? record.floor : holes.firstCommittedWith(this.#at, end);
    } else if (this.#at <= highestMark) {
      const end = Math.min(highestMark + 1, state.nextSequence, this.#at + STEP);
      this.#at = marks.firstCommittedWithout(this.#at, end);
    }
  }

  #passHole(): void {
    const { holes, state } = this.#content;
    if (state.holes === 0) return;
    const end = Math.min(state.nextSequence, this.#at + STEP);
    while (this.#at < end) {
      const mark = holes.committed(this.#at);
      if (mark === 0) return;
      this.#skip(this.#at + 1, reasonOf(mark));
    }
  }

  #passExpired(batch: StoredBatch, now: number): boolean {
    const { firstSequence, messages } = batch;
    const { maxAge } = this.#content.record.policy;
    const index = this.#at - firstSequence;
    if (expiry(batch, index, maxAge, now) === undefined) return false;
    const stretch = stretchEnd(batch, index, messages.count, maxAge, now);
    if (stretch.reason === undefined) return false;
    this.examined(batch, this.#at);
    // What is gone or settled among them is looked at by itself.
    let end = this.#at + 1;
    while (end < firstSequence + stretch.end && this.isFree(end)) end++;
    this.passed(end - this.#at);
    this.#skip(end, stretch.reason);
    return true;
  }

  /** Notes a hole; nobody misses what was taken: it counts as acked. */
  #skip(to: number, reason: GapReason): void {
    const from = Math.max(this.#at, this.#told);
    this.#at = to;
    if (reason === 'taken' || from >= to) return;
    const last = this.#holes.at(-1);
    if (last !== undefined && last.to === from - 1 && last.reason === reason) last.to = to - 1;
    else this.#holes.push({ from, to: to - 1, reason });
  }
}

/** About how many bytes a message's attributes are. */
function attributesLength({ headers, key }: MessageAttributes = {}): number {
  let length = key?.length ?? 0;
  for (const name in headers) length += name.length + headers[name].length;
  return length;
}

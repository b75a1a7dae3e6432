import { lastSequence, type StoredBatch } from '@pochta/protocol';
import type { Delivery } from '@pochta/storage-contract';
import { expiry } from '../../log/expired';
import { fitting } from '../../log/log-walk';
import { STARVATION_TURN } from '../../log/picker';
import { sliceStored } from '../../log/stored-batch';
import type { LogContent } from '../../log/log-content';
import type { BatchCache } from './batch-cache';
import type { Found, GroupPosition } from './group-position';
import { type Turn, type Run } from '../in-flight/hold';
import type { LevelCandidate, LevelPositions } from './level-positions';
import type { NextTurn } from '../in-flight/turn-queue';
import type { Unsettled } from '../in-flight/unsettled';

/** What a walk goes along. */
export interface WalkGround {
  readonly content: LogContent;
  readonly batches: BatchCache;
  readonly unsettled: Unsettled;
  readonly position: GroupPosition;
  readonly levels: LevelPositions;
  /** Deliveries in a row that passed over older messages of a lower priority. */
  passedOver: number;
}

/** Why a walk ended: the fetch has what it asked for, there is no more, or it has looked at as much as it may. */
export type WalkEnd = 'full' | 'dry' | 'spent';

/** Hands out the next messages of a group: by priority, then by sequence, within the limits of one fetch. */
export class GroupWalk {
  readonly deliveries: Delivery[] = [];
  /** What was handed out, by the number of failures. */
  readonly runs: Run[] = [];
  readonly #ground: WalkGround;
  readonly #newRun: (failures: number) => Run;
  readonly #now: number;
  #messages: number;
  #bytes: number;

  constructor(
    ground: WalkGround,
    newRun: (failures: number) => Run,
    maxMessages: number,
    maxBytes: number,
    now: number,
  ) {
    this.#ground = ground;
    this.#newRun = newRun;
    this.#messages = maxMessages;
    this.#bytes = maxBytes;
    this.#now = now;
  }

  run(): WalkEnd {
    const { position } = this.#ground;
    while (this.#hasRoom() && !position.spent) if (!this.#step()) break;
    if (!this.#hasRoom()) return 'full';
    return position.spent ? 'spent' : 'dry';
  }

  #hasRoom(): boolean {
    return this.#messages > 0 && (this.#bytes > 0 || this.deliveries.length === 0);
  }

  #step(): boolean {
    const { unsettled, levels, content, position } = this.#ground;
    const turn = unsettled.turns.first();
    const level = content.state.levels === 0 ? undefined : levels.next(turn?.priority ?? 0, this.#now);
    // There may be one that was not looked at.
    if (level === undefined && position.spent) return false;
    const useLevel = level !== undefined && isBefore(level, turn);
    const best = useLevel ? level : turn;
    if (best === undefined || best.priority === 0) {
      this.#ground.passedOver = 0;
      return turn === undefined ? this.#fromLog(Infinity) : this.#fromTurns(turn, Infinity);
    }
    if (useLevel && keyOf(level) !== undefined) return this.#lookAhead(level);
    const head = position.head(this.#now);
    if (head === undefined && position.spent) return false;
    const passes = this.#isOlder(head, best);
    if (!passes) this.#ground.passedOver = 0;
    else if (this.#ground.passedOver + 1 >= STARVATION_TURN) return this.#oldest(head);
    const most = passes ? STARVATION_TURN - 1 - this.#ground.passedOver : Infinity;
    const before = this.#messages;
    const given = useLevel ? this.#fromLevel(level, most) : this.#fromTurns(turn!, most);
    if (passes) this.#ground.passedOver += before - this.#messages;
    return given;
  }

  /** Whether there is an older message than the best one, which then has a lower priority. */
  #isOlder(head: Found | undefined, best: { readonly sequence: number }): boolean {
    const oldest = this.#ground.unsettled.turns.oldest();
    const first = Math.min(head?.sequence ?? Infinity, oldest?.sequence ?? Infinity);
    return first < best.sequence;
  }

  #oldest(head: Found | undefined): boolean {
    this.#ground.passedOver = 0;
    const turn = this.#ground.unsettled.turns.oldest();
    if (turn === undefined || (head !== undefined && head.sequence < turn.sequence)) return this.#fromLog(1);
    return this.#fromTurns(turn, 1);
  }

  /** Takes all up to a message that has a key out of the log: one of them may be of its key, and goes first then. */
  #lookAhead(candidate: LevelCandidate): boolean {
    const { position, unsettled, levels } = this.#ground;
    if (candidate.sequence - position.at >= position.room) {
      levels.pass(candidate);
      return true;
    }
    for (;;) {
      const head = position.head(this.#now);
      if (head === undefined) return !position.blocked;
      if (head.sequence > candidate.sequence) return true;
      position.examined(head.batch, head.sequence);
      unsettled.admit(head.batch, head.sequence, head.sequence + 1);
      unsettled.giveTurn(head.sequence, 0);
      position.moveTo(head.sequence + 1);
    }
  }

  #fromLevel({ batch, sequence, priority }: LevelCandidate, most: number): boolean {
    const { levels, unsettled, position } = this.#ground;
    if (position.room <= 0) return false;
    const end = Math.min(lastSequence(batch) + 1, sequence + Math.min(most, this.#messages, position.room));
    const isNext = (at: number): boolean =>
      levels.matches(batch, at, priority, this.#now) && keyOf({ batch, sequence: at }) === undefined;
    let to = sequence + 1;
    while (to < end && isNext(to)) to++;
    const count = this.#fitting(batch, sequence, to);
    if (count === 0) return false;
    unsettled.admit(batch, sequence, sequence + count);
    this.#give(batch, sequence, sequence + count, 0);
    return true;
  }

  #fromLog(most: number): boolean {
    const { position, unsettled } = this.#ground;
    const head = position.head(this.#now);
    if (head === undefined) return false;
    const { batch, sequence } = head;
    const end = position.stretchEnd(head, Math.min(most, this.#messages), this.#now);
    const count = this.#fitting(batch, sequence, end);
    if (count === 0) return false;
    const to = unsettled.admit(batch, sequence, sequence + count);
    this.#give(batch, sequence, to, 0);
    position.moveTo(to);
    return true;
  }

  /** From this message on, as many as follow one another and failed as often. */
  #fromTurns({ sequence, priority }: NextTurn, most: number): boolean {
    const { batches, unsettled, position } = this.#ground;
    const { turns } = unsettled;
    const batch = batches.read(sequence);
    if (batch === undefined) {
      position.blocked = true;
      return false;
    }
    const hold = unsettled.get(sequence) as Turn;
    let to = sequence;
    for (let bytes = this.#bytes; turns.firstOf(priority) === to && unsettled.get(to) === hold; to++) {
      const index = to - batch.firstSequence;
      if (to > lastSequence(batch) || to - sequence >= Math.min(most, this.#messages)) break;
      if (this.#isExpired(batch, to)) break;
      bytes -= batch.messages.end(index) - batch.messages.start(index);
      if (bytes < 0 && (to > sequence || this.deliveries.length > 0)) break;
      turns.remove(priority);
    }
    if (to > sequence) this.#give(batch, sequence, to, hold.failures);
    else if (this.#isExpired(batch, sequence)) {
      position.examined(batch, sequence);
      unsettled.settle(sequence);
    } else this.#bytes = 0;
    return true;
  }

  #isExpired(batch: StoredBatch, sequence: number): boolean {
    const { maxAge } = this.#ground.content.record.policy;
    return expiry(batch, sequence - batch.firstSequence, maxAge, this.#now) !== undefined;
  }

  /** How many fit into what is left of the page; nothing more does when none. */
  #fitting(batch: StoredBatch, from: number, to: number): number {
    const count = fitting(batch, from, to, this.#messages, this.#bytes, this.deliveries.length === 0);
    if (count === 0) this.#bytes = 0;
    return count;
  }

  #give(batch: StoredBatch, from: number, to: number, failures: number): void {
    let run = this.runs.find((one) => one.failures === failures);
    if (run === undefined) this.runs.push((run = this.#newRun(failures)));
    this.#ground.unsettled.handOut(from, to, run);
    const part = sliceStored(batch, from, to);
    const { messages } = part;
    for (let index = 0; index < messages.count; index++) {
      run.addBytes(messages.end(index) - messages.start(index));
    }
    this.deliveries.push({ batch: part, deliveryCount: failures + 1 });
    this.#messages -= to - from;
    this.#bytes -= messages.byteLength;
  }
}

function keyOf({ batch, sequence }: Found): string | undefined {
  return batch.messages.attributes?.[sequence - batch.firstSequence]?.key;
}

/** Whether a message of the log goes before one whose turn it is. */
function isBefore(level: LevelCandidate, turn: NextTurn | undefined): boolean {
  if (turn === undefined || level.priority > turn.priority) return true;
  return level.priority === turn.priority && level.sequence < turn.sequence;
}

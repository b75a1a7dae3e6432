import type { StoredBatch } from '@pochta/protocol';
import { Claim } from './claim';
import { Parked, Run, Turn, Wait, type Hold } from './hold';
import { KeyLine } from './key-line';
import { TurnQueue } from './turn-queue';
import type { UnsettledTotal } from './unsettled-total';

/**
 * What a group has taken out of the log and not settled, in memory: in flight, waiting until it is due, parked behind an
 * earlier message of its key, or ready to be handed out. Nothing of the messages themselves is kept.
 */
export class Unsettled {
  readonly turns = new TurnQueue((sequence) => this.#holds.get(sequence) instanceof Turn);
  readonly #holds = new Map<number, Hold>();
  /** Of those that have one above 0, and are not parked. */
  readonly #priorities = new Map<number, number>();
  /** By key: an unsettled message of it, and those that are parked behind that one. */
  readonly #lines = new Map<string, KeyLine>();
  /** The same, by the message that the others are parked behind. */
  readonly #lineOf = new Map<number, KeyLine>();
  /** By the number of failures. */
  readonly #turns: Turn[] = [];
  readonly #isParked = (sequence: number): boolean => this.#holds.get(sequence) instanceof Parked;
  #inFlight = 0;
  #waiting = 0;
  #highest = 0;
  readonly #total: UnsettledTotal;

  constructor(total: UnsettledTotal) {
    this.#total = total;
  }

  get size(): number {
    return this.#holds.size;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Those that failed, and those that are parked. */
  get waiting(): number {
    return this.#waiting;
  }

  /** None is above this sequence. */
  get highest(): number {
    return this.#highest;
  }

  get(sequence: number): Hold | undefined {
    return this.#holds.get(sequence);
  }

  has(sequence: number): boolean {
    return this.#holds.has(sequence);
  }

  sequences(): Iterable<number> {
    return this.#holds.keys();
  }

  /** Whether an unsettled message has this key. */
  isBusy(key: string): boolean {
    return this.#lines.has(key);
  }

  /**
   * Notes the priorities of messages that are to be handed out, from `from` up to `to`, and that their keys are taken.
   * Stops before one of which the key is; gives the sequence behind the last that was noted.
   */
  admit(batch: StoredBatch, from: number, to: number): number {
    const { attributes } = batch.messages;
    if (attributes === undefined) return to;
    for (let sequence = from; sequence < to; sequence++) {
      const one = attributes[sequence - batch.firstSequence];
      if (one === undefined) continue;
      if (one.key !== undefined) {
        if (this.#lines.has(one.key)) return sequence;
        const line = new KeyLine(one.key);
        this.#lines.set(one.key, line);
        this.#lineOf.set(sequence, line);
      }
      if (one.priority) this.#priorities.set(sequence, one.priority);
    }
    return to;
  }

  /** Hands out messages that were admitted, or whose turn it was. */
  handOut(from: number, to: number, run: Run): void {
    run.stretches.push(from, to);
    run.left += to - from;
    const before = this.#holds.size;
    for (let sequence = from; sequence < to; sequence++) {
      if (this.#waiting > 0) this.#uncount(this.#holds.get(sequence));
      this.#holds.set(sequence, run);
    }
    this.#total.add(this.#holds.size - before);
    this.#inFlight += to - from;
    if (to - 1 > this.#highest) this.#highest = to - 1;
  }

  /** Keeps a message until the earlier ones of its key, which is taken, are settled. */
  park(sequence: number, key: string, priority: number): void {
    this.put(sequence, this.#lines.get(key)!.park(sequence, priority));
  }

  /** A message that was admitted may be handed out. */
  giveTurn(sequence: number, failures: number): void {
    this.put(sequence, (this.#turns[failures] ??= new Turn(failures)));
    this.turns.add(sequence, this.#priorities.get(sequence) ?? 0);
  }

  put(sequence: number, hold: Hold): void {
    const before = this.#holds.get(sequence);
    if (before === undefined) this.#total.add(1);
    this.#uncount(before);
    this.#holds.set(sequence, hold);
    if (isInFlight(hold)) this.#inFlight++;
    else if (isWaiting(hold)) this.#waiting++;
    if (sequence > this.#highest) this.#highest = sequence;
  }

  /** In the place of a run that it was in flight with. */
  claim(sequence: number, claim: Claim): void {
    this.#holds.set(sequence, claim);
  }

  /** The group is done with a message. */
  settle(sequence: number): void {
    const hold = this.#holds.get(sequence);
    this.#uncount(hold);
    if (this.#holds.delete(sequence)) this.#total.add(-1);
    if (hold instanceof Parked) return hold.line.forget(this.#isParked);
    if (hold instanceof Turn) this.turns.forget();
    if (this.#priorities.size > 0) this.#priorities.delete(sequence);
    if (this.#lineOf.size > 0) this.#nextOfKey(sequence);
  }

  clear(): void {
    this.#total.add(-this.#holds.size);
    this.#holds.clear();
    this.#priorities.clear();
    this.#lines.clear();
    this.#lineOf.clear();
    this.turns.clear();
    this.#inFlight = this.#waiting = 0;
  }

  /** Those that are parked behind a message need not wait for it any more. */
  #nextOfKey(sequence: number): void {
    const line = this.#lineOf.get(sequence);
    if (line === undefined) return;
    this.#lineOf.delete(sequence);
    const next = line.next(this.#isParked);
    if (next === undefined) {
      this.#lines.delete(line.key);
      return;
    }
    const { priority } = this.#holds.get(next) as Parked;
    this.#lineOf.set(next, line);
    if (priority > 0) this.#priorities.set(next, priority);
    this.giveTurn(next, 0);
  }

  #uncount(hold: Hold | undefined): void {
    if (hold === undefined) return;
    if (isInFlight(hold)) this.#inFlight--;
    else if (isWaiting(hold)) this.#waiting--;
  }
}

function isInFlight(hold: Hold): boolean {
  return hold instanceof Run || (hold instanceof Claim && hold.member !== undefined);
}

function isWaiting(hold: Hold): boolean {
  if (hold instanceof Turn) return hold.failures > 0;
  return hold instanceof Wait || hold instanceof Parked || hold instanceof Claim;
}

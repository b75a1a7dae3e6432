import type { MessageAttributes, StoredBatch } from '@pochta/protocol';
import { Fifo } from '../../fifo';
import { Claim } from './claim';
import { PARKED, Parked, Run, Turn, Wait, type Hold } from './hold';
import { TurnQueue } from './turn-queue';

/**
 * What a group has taken out of the log and not settled, in memory: in flight, waiting until it is due, parked behind an
 * earlier message of its key, or ready to be handed out.
 */
export class Unsettled {
  readonly turns = new TurnQueue((sequence) => this.#holds.get(sequence) instanceof Turn);
  readonly #holds = new Map<number, Hold>();
  /** Attributes of those that have a key or a priority. */
  readonly #attributes = new Map<number, MessageAttributes>();
  /** By the key of an unsettled message: the later ones that are parked; `undefined` when there are none yet. */
  readonly #lines = new Map<string, Fifo<number> | undefined>();
  /** By the number of failures. */
  readonly #turns: Turn[] = [];
  #inFlight = 0;
  #waiting = 0;
  #highest = 0;

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
   * Notes the attributes of messages that are to be handed out, from `from` up to `to`, and that their keys are taken.
   * Stops before one of which the key is; gives the sequence behind the last that was noted.
   */
  admit(batch: StoredBatch, from: number, to: number): number {
    const { attributes } = batch.messages;
    if (attributes === undefined) return to;
    for (let sequence = from; sequence < to; sequence++) {
      const one = attributes[sequence - batch.firstSequence];
      if (one?.key !== undefined) {
        if (this.#lines.has(one.key)) return sequence;
        this.#lines.set(one.key, undefined);
      }
      this.#note(sequence, one);
    }
    return to;
  }

  /** Hands out messages that were admitted, or whose turn it was. */
  handOut(from: number, to: number, run: Run): void {
    run.stretches.push(from, to);
    run.left += to - from;
    for (let sequence = from; sequence < to; sequence++) {
      if (this.#waiting > 0) this.#uncount(this.#holds.get(sequence));
      this.#holds.set(sequence, run);
    }
    this.#inFlight += to - from;
    if (to - 1 > this.#highest) this.#highest = to - 1;
  }

  /** Keeps a message until the earlier ones of its key, which is taken, are settled. */
  park(sequence: number, attributes: MessageAttributes): void {
    const key = attributes.key!;
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = new Fifo()));
    line.push(sequence);
    this.#note(sequence, attributes);
    this.put(sequence, PARKED);
  }

  /** A message that was admitted may be handed out. */
  giveTurn(sequence: number, failures: number): void {
    this.put(sequence, (this.#turns[failures] ??= new Turn(failures)));
    this.turns.add(sequence, this.#attributes.get(sequence)?.priority ?? 0);
  }

  put(sequence: number, hold: Hold): void {
    this.#uncount(this.#holds.get(sequence));
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
    this.#holds.delete(sequence);
    if (this.#attributes.size === 0) return;
    const key = this.#attributes.get(sequence)?.key;
    this.#attributes.delete(sequence);
    // One that is parked is not what its line waits for.
    if (key !== undefined && !(hold instanceof Parked)) this.#nextOfKey(key);
  }

  clear(): void {
    this.#holds.clear();
    this.#attributes.clear();
    this.#lines.clear();
    this.turns.clear();
    this.#inFlight = this.#waiting = 0;
  }

  #note(sequence: number, attributes: MessageAttributes | undefined): void {
    if (attributes?.key === undefined && !attributes?.priority) return;
    this.#attributes.set(sequence, attributes);
  }

  #nextOfKey(key: string): void {
    const line = this.#lines.get(key);
    for (let next = line?.shift(); next !== undefined; next = line?.shift()) {
      if (!(this.#holds.get(next) instanceof Parked)) continue;
      this.giveTurn(next, 0);
      return;
    }
    this.#lines.delete(key);
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

import { lastSequence, type StoredBatch } from '@pochta/protocol';
import { numberIn, numbersKey } from '../records/record-space';
import { expiry } from './expired';
import type { LogContent } from './log-content';

/** Messages to take: of one batch, consecutive, from `from` up to, but without, `to`. */
export interface Picked {
  readonly batch: StoredBatch;
  readonly from: number;
  readonly to: number;
}

/** Out of so many picks in a row that pass over older messages of a lower priority, the last picks the oldest. */
export const STARVATION_TURN = 16;

/** Picks what is to be taken next: of the highest priority there is, the oldest; now and then the oldest of all. */
export class Picker {
  readonly #content: LogContent;
  #passedOver = 0;
  #committed = 0;

  constructor(content: LogContent) {
    this.#content = content;
  }

  advance(): void {
    this.#committed = this.#passedOver;
  }

  rollback(): void {
    this.#passedOver = this.#committed;
  }

  /** `undefined` when there is none that may be delivered. */
  pick(count: number, now: number): Picked | undefined {
    const { staged } = this.#content;
    if (staged.messages === 0) return undefined;
    const oldest = this.#firstFrom(staged.firstSequence, 0, staged.levels === 0 ? count : 1, now);
    if (oldest === undefined) return undefined;
    const highest =
      staged.levels === 0
        ? oldest
        : (this.#highest(count, now) ?? this.#firstFrom(oldest.from, 0, count, now)!);
    if (highest.from <= oldest.from) {
      this.#passedOver = 0;
      return highest;
    }
    if (++this.#passedOver < STARVATION_TURN) return highest;
    this.#passedOver = 0;
    return oldest;
  }

  #highest(count: number, now: number): Picked | undefined {
    const { levels, staged } = this.#content;
    for (let level = 31 - Math.clz32(staged.levels); level > 0; level--) {
      if (((staged.levels >>> level) & 1) === 0) continue;
      let from = numbersKey(level, 0);
      for (;;) {
        const next = levels.next(from, numbersKey(level + 1, 0));
        if (next === undefined) break;
        const picked = this.#inBatch(numberIn(next, 1), level, count, now);
        if (picked !== undefined) return picked;
        from = numbersKey(level, numberIn(next, 1) + 1);
      }
    }
    return undefined;
  }

  /** In the batch at `firstSequence`, the first messages of at least that priority. */
  #inBatch(firstSequence: number, level: number, count: number, now: number): Picked | undefined {
    const { staged } = this.#content;
    const batch = this.#content.readHeld(Math.max(firstSequence, staged.firstSequence));
    return this.#within(batch, batch.firstSequence, level, count, now);
  }

  #firstFrom(sequence: number, level: number, count: number, now: number): Picked | undefined {
    const { staged, holes } = this.#content;
    let from = sequence;
    for (;;) {
      if (staged.holes > 0) from = holes.firstWithout(from, staged.nextSequence);
      if (from >= staged.nextSequence) return undefined;
      const batch = this.#content.readHeld(from);
      const picked = this.#within(batch, from, level, count, now);
      if (picked !== undefined) return picked;
      from = lastSequence(batch) + 1;
    }
  }

  #within(batch: StoredBatch, start: number, level: number, count: number, now: number): Picked | undefined {
    const end = lastSequence(batch) + 1;
    let from = Math.max(start, this.#content.staged.firstSequence);
    while (from < end && !this.#matches(batch, from, level, now)) from++;
    if (from === end) return undefined;
    let to = from + 1;
    while (to < end && to - from < count && this.#matches(batch, to, level, now)) to++;
    return { batch, from, to };
  }

  #matches(batch: StoredBatch, sequence: number, level: number, now: number): boolean {
    const { holes, staged, record } = this.#content;
    if (staged.holes > 0 && holes.get(sequence) !== 0) return false;
    const index = sequence - batch.firstSequence;
    if (level > 0 && (batch.messages.attributes?.[index]?.priority ?? 0) !== level) return false;
    return expiry(batch, index, record.policy.maxAge, now) === undefined;
  }
}

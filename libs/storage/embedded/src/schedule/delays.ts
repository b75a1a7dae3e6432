import { MessageBatchBuilder, type MessageBatch } from '@pochta/protocol';
import type { LogContent } from '../log/log-content';
import { numberIn, numbersKey } from '../records/record-space';
import type { Budget } from './budget';
import { decodeDelayed, encodeDelayed, withoutDue, type DueTimeOf } from './delayed-message';
import { DueTime } from './due-time';

/** Messages read at once. */
const PAGE = 32;
const END = numbersKey(Number.MAX_SAFE_INTEGER);

/** The messages of one topic that wait until they are due: records by their time, and none of them in memory. */
export class Delays {
  /** When the first of them is due. */
  readonly next = new DueTime();
  readonly #content: LogContent;

  constructor(content: LogContent) {
    this.#content = content;
  }

  /** Finds when the first one is due, in what an earlier run has left. */
  recover(): void {
    if (this.#content.state.delayed === 0) return;
    this.next.by(this.#firstFrom(numbersKey(0)));
    this.next.advance();
  }

  /** Keeps the messages at `indices`, all of which are due later; `now` in store time. */
  add(batch: MessageBatch, indices: readonly number[], dueTimeOf: DueTimeOf, now: number): void {
    const { delayed } = this.#content;
    const { staged } = this.#content;
    let bytes = 0;
    let number = staged.nextDelayed;
    for (const index of indices) {
      const attributes = batch.attributes?.[index];
      const due = dueTimeOf(attributes) ?? now;
      const payload = batch.payload(index);
      delayed.put(numbersKey(due, number++), encodeDelayed(payload, withoutDue(attributes)));
      bytes += payload.length;
      this.next.by(due);
    }
    this.#content.change({
      delayed: staged.delayed + indices.length,
      delayedBytes: staged.delayedBytes + bytes,
      nextDelayed: number,
      // After a restart, the store's time goes on from here, however the wall clock was set meanwhile.
      lastTimestamp: Math.max(staged.lastTimestamp, now),
    });
  }

  /** Removes and gives those that are due, in their order, as far as the budget goes; `undefined` when none is. */
  takeDue(now: number, budget: Budget): MessageBatch | undefined {
    if (this.next.value > now) return undefined;
    const builder = new MessageBatchBuilder();
    const last = this.#collect(builder, numbersKey(now + 1), budget);
    this.next.set(this.#firstFrom(last));
    if (builder.count === 0) return undefined;
    const { staged } = this.#content;
    this.#content.change({
      delayed: staged.delayed - builder.count,
      delayedBytes: staged.delayedBytes - builder.byteLength,
    });
    return builder.build();
  }

  /** There are none any more: they were purged. */
  clear(): void {
    this.next.set(Infinity);
  }

  /** Moves messages up to a key into the builder; gives the key behind them. */
  #collect(builder: MessageBatchBuilder, end: Buffer, budget: Budget): Buffer {
    const { delayed } = this.#content;
    let from = numbersKey(0);
    for (;;) {
      const page = delayed.list(from, end, PAGE);
      for (const [key, value] of page) {
        if (budget.spent) return from;
        const { payload, attributes } = decodeDelayed(value);
        builder.add(payload, 0, payload.length, attributes);
        delayed.delete(key);
        budget.spend(1, payload.length);
        from = numbersKey(numberIn(key, 0), numberIn(key, 1) + 1);
      }
      if (page.length < PAGE) return from;
    }
  }

  #firstFrom(key: Buffer): number {
    const first = this.#content.delayed.next(key, END);
    return first === undefined ? Infinity : numberIn(first, 0);
  }
}

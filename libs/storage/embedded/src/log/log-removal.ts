import { lastSequence, type GapReason, type StoredBatch } from '@pochta/protocol';
import type { MediumChanges } from '../medium';
import { numberIn, numbersKey } from '../records/record-space';
import { markOf, reasonOf } from './gap-marks';
import { forgetExpiry } from '../schedule/expiry-records';
import type { LogContent } from './log-content';
import { withRemoval } from './topic-state';

/** Removes messages from a log: from its front, where only numbers change, or from its middle, where a hole stays. */
export class LogRemoval {
  readonly #content: LogContent;
  /** Called when the first sequence has changed. */
  readonly #onFront: (reason: GapReason) => void;
  /** Called when messages are gone, from `from` up to, but without, `to`. */
  readonly #onRun: (from: number, to: number, reason: GapReason) => void;

  constructor(
    content: LogContent,
    onFront: (reason: GapReason) => void,
    onRun: (from: number, to: number, reason: GapReason) => void,
  ) {
    this.#content = content;
    this.#onFront = onFront;
    this.#onRun = onRun;
  }

  /**
   * Removes the oldest messages: at least so many, and so many bytes. `onRun` is told of all that go, from `from` up to,
   * but without, `to`, before they do. Reads that fail part of the way throw no `PochtaError`, so that the whole commit
   * fails.
   */
  removeFront(
    messages: number,
    bytes: number,
    reason: GapReason,
    changes: MediumChanges,
    onRun?: (batch: StoredBatch, from: number, to: number) => void,
  ): void {
    const until = this.#content.staged.messages - messages;
    const untilBytes = this.#content.staged.bytes - bytes;
    try {
      for (;;) {
        const { staged } = this.#content;
        const [missing, missingBytes] = [staged.messages - until, staged.bytes - untilBytes];
        if (missing <= 0 && missingBytes <= 0) return;
        if (onRun === undefined && this.#removeOutlined(missing, missingBytes, reason, changes)) continue;
        const at = staged.firstSequence;
        const batch = onRun === undefined ? this.#content.look(at) : this.#content.readHeld(at);
        const to = this.runEnd(batch, staged.firstSequence);
        const count = enough(batch, staged.firstSequence, to, missing, missingBytes);
        onRun?.(batch, staged.firstSequence, staged.firstSequence + count);
        this.removeRun(batch, staged.firstSequence, staged.firstSequence + count, reason, changes);
      }
    } catch (cause) {
      throw new Error(`no room can be made in topic ${this.#content.record.name}`, { cause });
    }
  }

  /** Removes the oldest batches that need not be read and are to go as a whole; `false` when the first one is none. */
  #removeOutlined(messages: number, bytes: number, reason: GapReason, changes: MediumChanges): boolean {
    const { medium, record, staged } = this.#content;
    const { firstSequence } = staged;
    if (staged.holes > 0) return false;
    let next = firstSequence;
    let left = messages;
    let leftBytes = bytes;
    while (left > 0 || leftBytes > 0) {
      const outline = medium.outline?.(record, next);
      // One with just as many bytes as are to go may end with empty messages that can stay.
      if (outline === undefined || (outline.count > left && outline.bytes >= leftBytes)) break;
      changes.remove(record, next, outline.count, outline.bytes);
      next += outline.count;
      left -= outline.count;
      leftBytes -= outline.bytes;
    }
    if (next === firstSequence) return false;
    this.#content.change({
      messages: staged.messages - (next - firstSequence),
      bytes: staged.bytes - (bytes - leftBytes),
    });
    this.#moveFront(next, reason);
    if (this.#content.staged.messages === 0) this.#content.change({ levels: 0 });
    this.#onRun(firstSequence, next, reason);
    return true;
  }

  /**
   * Removes messages of a batch, from `from` up to, but without, `to`: all of them are there. A read that fails part of
   * the way throws no `PochtaError`, so that nobody takes it for one before which nothing was removed.
   */
  removeRun(batch: StoredBatch, from: number, to: number, reason: GapReason, changes: MediumChanges): void {
    try {
      this.#remove(batch, from, to, reason, changes);
    } catch (cause) {
      const { name } = this.#content.record;
      throw new Error(`message ${from} of topic ${name} cannot be removed`, { cause });
    }
  }

  #remove(batch: StoredBatch, from: number, to: number, reason: GapReason, changes: MediumChanges): void {
    const { messages } = batch;
    const before = messages.start(from - batch.firstSequence);
    const { staged, record } = this.#content;
    this.#content.change({
      messages: staged.messages - (to - from),
      bytes: staged.bytes - (messages.end(to - 1 - batch.firstSequence) - before),
    });
    if (record.policy.compact) this.#forgetKeys(batch, from, to);
    if (from === staged.firstSequence) this.#moveFront(to, reason);
    else this.#makeHole(from, to, reason);
    if (staged.levels !== 0) this.#forgetLevels(batch, from, to);
    if (this.#isGone(batch)) {
      changes.remove(record, batch.firstSequence, messages.count, messages.byteLength);
      forgetExpiry(this.#content, batch);
    }
    if (this.#content.staged.messages === 0) this.#content.change({ levels: 0 });
    this.#onRun(from, to, reason);
  }

  /** The sequence behind the messages of a batch that are there from `from` on without a hole. */
  runEnd(batch: StoredBatch, from: number): number {
    const end = lastSequence(batch) + 1;
    return this.#content.staged.holes === 0 ? end : this.#content.holes.firstWith(from, end);
  }

  #makeHole(from: number, to: number, reason: GapReason): void {
    const { holes, staged } = this.#content;
    const mark = markOf(reason);
    for (let sequence = from; sequence < to; sequence++) holes.set(sequence, mark);
    this.#content.change({ holes: staged.holes + to - from });
  }

  /** The log begins at `to`, or behind the holes that come there. */
  #moveFront(to: number, reason: GapReason): void {
    const { holes } = this.#content;
    let first = to;
    let removals = this.#content.staged.removals;
    let left = this.#content.staged.holes;
    let mark = markOf(reason);
    while (left > 0) {
      const next = holes.get(first);
      if (next === 0) break;
      if (next !== mark) removals = withRemoval(removals, { through: first - 1, reason: reasonOf(mark) });
      mark = next;
      first++;
      left--;
    }
    removals = withRemoval(removals, { through: first - 1, reason: reasonOf(mark) });
    // Those that the commit does away with are forgotten with the next one: until then, readers ask for them.
    if (this.#content.staged.holes > 0) holes.forgetBelow(this.#content.state.firstSequence);
    this.#content.change({ firstSequence: first, holes: left, removals });
    this.#onFront(reason);
  }

  #isGone(batch: StoredBatch): boolean {
    const { staged, holes } = this.#content;
    const end = lastSequence(batch) + 1;
    if (end <= staged.firstSequence) return true;
    if (staged.holes === 0) return false;
    return holes.firstWithout(Math.max(batch.firstSequence, staged.firstSequence), end) === end;
  }

  /** The batch is not to be found any more by a priority of which it held no other message than the removed ones. */
  #forgetLevels({ firstSequence, messages }: StoredBatch, from: number, to: number): void {
    const levelOf = (sequence: number): number =>
      messages.attributes?.[sequence - firstSequence]?.priority ?? 0;
    const { holes, levels, staged } = this.#content;
    const removed = new Set<number>();
    for (let sequence = from; sequence < to; sequence++) removed.add(levelOf(sequence));
    removed.delete(0);
    const isThere = (sequence: number): boolean =>
      sequence >= staged.firstSequence && (staged.holes === 0 || holes.get(sequence) === 0);
    const search = (start: number, end: number): void => {
      for (let at = start; at < end && removed.size > 0; at++) {
        if (removed.has(levelOf(at)) && isThere(at)) removed.delete(levelOf(at));
      }
    };
    // What is left is mostly behind what goes.
    search(to, firstSequence + messages.count);
    search(firstSequence, from);
    for (const level of removed) levels.delete(numbersKey(level, firstSequence));
  }

  #forgetKeys({ firstSequence, messages }: StoredBatch, from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) {
      const key = messages.attributes?.[sequence - firstSequence]?.key;
      if (key === undefined) continue;
      const name = Buffer.from(key);
      const last = this.#content.keys.get(name);
      if (last !== undefined && numberIn(last, 0) === sequence) this.#content.keys.delete(name);
    }
  }
}

/** How many messages from `from` on to take, at most up to `to`, for so many messages and so many bytes. */
export function enough(
  { firstSequence, messages }: StoredBatch,
  from: number,
  to: number,
  count: number,
  bytes: number,
): number {
  const start = from - firstSequence;
  const before = messages.start(start);
  let end = Math.min(to - firstSequence, start + Math.max(0, count));
  while (end < to - firstSequence && messages.start(end) - before < bytes) end++;
  return Math.max(1, end - start);
}

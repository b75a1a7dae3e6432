import { lastSequence, type GapReason, type StoredBatch } from '@pochta/protocol';
import type { LogEntry } from '@pochta/storage-contract';
import { stretchEnd } from './expired';
import { reasonOf } from './gap-marks';
import type { LogContent } from './log-content';
import { sliceStored } from './stored-batch';
import { removalReason } from './topic-state';

/**
 * Goes along what is committed of a log, and collects what may be delivered, and the holes between. Stops at the head, at
 * the limits, and where a commit that is under way has just removed a batch.
 */
export class LogWalk {
  readonly entries: LogEntry[] = [];
  readonly #content: LogContent;
  readonly #now: number;
  #messages: number;
  #bytes: number;
  #hole: { from: number; to: number; reason: GapReason } | undefined;
  #given = 0;

  /** The next sequence to look at. */
  position: number;

  constructor(content: LogContent, position: number, maxMessages: number, maxBytes: number, now: number) {
    this.#content = content;
    this.position = position;
    this.#messages = Math.max(1, maxMessages);
    this.#bytes = maxBytes;
    this.#now = now;
  }

  /** `false` when nothing was found although the head is not reached: the state will tell why after the commit. */
  run(): boolean {
    const { state } = this.#content;
    if (this.position < state.firstSequence) {
      const reason = removalReason(state, this.position);
      this.#skip(state.firstSequence, reason);
    }
    while (this.position < state.nextSequence && this.#hasRoom()) if (!this.#step(state.nextSequence)) break;
    this.#endHole();
    return this.entries.length > 0 || this.position >= state.nextSequence;
  }

  #hasRoom(): boolean {
    return this.#messages > 0 && (this.#bytes > 0 || this.#given === 0);
  }

  #step(next: number): boolean {
    const present = this.#skipHoles(next);
    if (!present) return true;
    const batch = this.#content.read(this.position);
    if (batch === undefined) return false;
    const end = this.#presentEnd(lastSequence(batch) + 1);
    const index = this.position - batch.firstSequence;
    const { maxAge } = this.#content.policy;
    const stretch = stretchEnd(batch, index, end - batch.firstSequence, maxAge, this.#now);
    const to = batch.firstSequence + stretch.end;
    if (stretch.reason !== undefined) this.#skip(to, stretch.reason);
    else this.#give(batch, to);
    return true;
  }

  /** Goes past the messages that are gone; whether one is there before `next`. */
  #skipHoles(next: number): boolean {
    const { holes, state } = this.#content;
    if (state.holes === 0) return true;
    const present = holes.firstCommittedWithout(this.position, next);
    if (present > this.position) this.#skip(present, reasonOf(holes.committed(this.position)));
    return present < next;
  }

  #presentEnd(end: number): number {
    const { holes, state } = this.#content;
    return state.holes === 0 ? end : holes.firstCommittedWith(this.position, end);
  }

  #give(batch: StoredBatch, to: number): void {
    const from = this.position;
    const count = fitting(batch, from, to, this.#messages, this.#bytes, this.#given === 0);
    if (count === 0) {
      this.#bytes = 0;
      return;
    }
    this.#endHole();
    const part = sliceStored(batch, from, from + count);
    this.entries.push(part);
    this.#given += count;
    this.#messages -= count;
    this.#bytes -= part.messages.byteLength;
    this.position = from + count;
  }

  #skip(to: number, reason: GapReason): void {
    this.#hole ??= { from: this.position, to, reason };
    this.#hole.to = to - 1;
    this.position = to;
  }

  #endHole(): void {
    if (this.#hole !== undefined) this.entries.push(this.#hole);
    this.#hole = undefined;
  }
}

/** How many messages of a batch, from `from` up to `to`, are within the limits; with `least`, at least one. */
export function fitting(
  { firstSequence, messages }: StoredBatch,
  from: number,
  to: number,
  maxMessages: number,
  maxBytes: number,
  least: boolean,
): number {
  const start = from - firstSequence;
  const base = messages.start(start);
  const limit = Math.min(to - firstSequence, start + maxMessages);
  let end = limit;
  if (messages.end(limit - 1) - base > maxBytes) {
    for (end = start; messages.end(end) - base <= maxBytes;) end++;
  }
  return end === start && least ? 1 : end - start;
}

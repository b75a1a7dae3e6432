import { lastSequence, type GapReason, type StoredBatch } from '@pochta/protocol';
import type { TopicCommit } from '../commit/topic-commit';
import { stretchEnd } from '../log/expired';
import type { LogContent } from '../log/log-content';
import type { LogRemoval } from '../log/log-removal';
import { numberIn, numbersKey } from '../records/record-space';
import type { Budget } from './budget';
import { DueTime } from './due-time';
import { earliestExpiry, expiryKey } from './expiry-records';

/** Messages of a batch that have expired, from `from` up to, but without, `to`. */
export interface ExpiredRun {
  readonly batch: StoredBatch;
  readonly from: number;
  readonly to: number;
  readonly reason: 'expired';
}

/** Records read at once. */
const PAGE = 64;
const START = numbersKey(0, 0);
const END = numbersKey(Number.MAX_SAFE_INTEGER);
const EMPTY = Buffer.alloc(0);
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Removes what has expired from one topic's log: by `maxAge` from the front, where the oldest batch is, and by `ttl` with
 * the help of a record for each batch, which says when the first of its messages expires.
 */
export class Expiries {
  /** When something may expire: not earlier. */
  readonly next = new DueTime();
  readonly #content: LogContent;
  readonly #removal: LogRemoval;
  /** Takes what has expired, in the same commit. */
  readonly #onExpired: (runs: readonly ExpiredRun[], commit: TopicCommit) => void;
  /** The records before this key were removed in this commit, or came with it. */
  #from = START;
  #runs: ExpiredRun[] = [];

  constructor(
    content: LogContent,
    removal: LogRemoval,
    onExpired: (runs: readonly ExpiredRun[], commit: TopicCommit) => void,
  ) {
    this.#content = content;
    this.#removal = removal;
    this.#onExpired = onExpired;
  }

  /** What an earlier run has left is looked through at once. */
  recover(): void {
    if (this.#content.state.messages > 0) this.lookAgain();
    this.next.advance();
  }

  /** Notes a batch that has just been appended. */
  note(batch: StoredBatch): void {
    const { maxAge } = this.#content.record.policy;
    if (maxAge !== NO_LIMIT) this.next.by(batch.timestamp + maxAge);
    const time = earliestExpiry(batch, 0, batch.messages.count);
    if (time === Infinity) return;
    this.#content.expiry.put(expiryKey(time, batch), EMPTY);
    this.next.by(time);
    if (time <= numberIn(this.#from, 0)) this.#from = START;
  }

  /** What may expire, and when, has changed. */
  lookAgain(): void {
    this.next.by(0);
  }

  /** All messages were purged. */
  clear(): void {
    this.next.set(Infinity);
    this.#from = START;
  }

  /** Removes what has expired, as far as the budget goes. */
  sweep(commit: TopicCommit, budget: Budget): void {
    const now = commit.now();
    if (this.next.value > now) return;
    try {
      const nextAge = this.#sweepOld(now, commit, budget);
      const next = nextAge <= now ? nextAge : Math.min(nextAge, this.#sweepShortLived(now, commit, budget));
      this.next.set(next);
    } finally {
      const runs = this.#runs;
      this.#runs = [];
      if (runs.length > 0) this.#onExpired(runs, commit);
    }
  }

  advance(): void {
    this.next.advance();
    this.#from = START;
  }

  rollback(): void {
    this.next.rollback();
    this.#from = START;
  }

  /** Gives when the next messages are too old: not above `now` when there was no budget for them. */
  #sweepOld(now: number, commit: TopicCommit, budget: Budget): number {
    const { maxAge } = this.#content.record.policy;
    if (maxAge === NO_LIMIT) return Infinity;
    for (;;) {
      const { messages, firstSequence } = this.#content.staged;
      if (messages === 0) return Infinity;
      const batch = this.#content.readHeld(firstSequence);
      const end = batch.timestamp + maxAge;
      if (end > now || budget.spent) return end;
      const to = this.#removal.runEnd(batch, firstSequence);
      this.#remove(batch, firstSequence, to, 'age', commit, budget);
    }
  }

  /** Gives when the next `ttl` is over: not above `now` when there was no budget for it, or it came with this commit. */
  #sweepShortLived(now: number, commit: TopicCommit, budget: Budget): number {
    const { expiry } = this.#content;
    const end = numbersKey(now + 1);
    for (let full = true; full;) {
      const page = expiry.list(this.#from, end, PAGE);
      full = page.length === PAGE;
      for (const [key] of page) {
        if (budget.spent) return numberIn(key, 0);
        this.#sweepRecord(key, now, commit, budget);
        this.#from = numbersKey(numberIn(key, 0), numberIn(key, 1) + 1);
      }
    }
    const next = expiry.next(this.#from, END);
    return next === undefined ? Infinity : numberIn(next, 0);
  }

  #sweepRecord(key: Buffer, now: number, commit: TopicCommit, budget: Budget): void {
    const { expiry } = this.#content;
    budget.spend(1, 0);
    // Its batch has gone in this commit.
    if (expiry.get(key) === undefined) return;
    const batch = this.#content.read(numberIn(key, 1));
    const rest = batch === undefined ? Infinity : this.#sweepBatch(batch, now, commit, budget);
    expiry.delete(key);
    if (batch !== undefined && rest !== Infinity) expiry.put(expiryKey(rest, batch), EMPTY);
  }

  /** Gives when the next message of the batch expires. */
  #sweepBatch(batch: StoredBatch, now: number, commit: TopicCommit, budget: Budget): number {
    const { maxAge } = this.#content.record.policy;
    const { firstSequence } = batch;
    const end = lastSequence(batch) + 1;
    let rest = Infinity;
    for (let at = firstSequence; ;) {
      at = this.#present(at, end);
      if (at >= end) return rest;
      const last = this.#removal.runEnd(batch, at) - firstSequence;
      const stretch = stretchEnd(batch, at - firstSequence, last, maxAge, now);
      const to = firstSequence + stretch.end;
      if (stretch.reason !== undefined) this.#remove(batch, at, to, stretch.reason, commit, budget);
      else rest = Math.min(rest, earliestExpiry(batch, at - firstSequence, stretch.end));
      at = to;
    }
  }

  /** The first sequence from `from` on that is there, or else `end` or more. */
  #present(from: number, end: number): number {
    const { holes, staged } = this.#content;
    const at = Math.max(from, staged.firstSequence);
    return staged.holes === 0 || at >= end ? at : holes.firstWithout(at, end);
  }

  #remove(
    batch: StoredBatch,
    from: number,
    to: number,
    reason: GapReason,
    commit: TopicCommit,
    budget: Budget,
  ): void {
    const { messages, firstSequence } = batch;
    this.#runs.push({ batch, from, to, reason: 'expired' });
    this.#removal.removeRun(batch, from, to, reason, commit.changes);
    budget.spend(to - from, messages.end(to - 1 - firstSequence) - messages.start(from - firstSequence));
  }
}

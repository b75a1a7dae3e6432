import { PochtaError, type MessageBatch, type StoredBatch } from '@pochta/protocol';
import type { TopicCommit } from '../commit/topic-commit';
import { addDeadLetters, pushedOut, type DeadLetter } from '../dead-letters/dead-letters';
import { Budget } from '../schedule/budget';
import { DueTime } from '../schedule/due-time';
import type { Expiries } from '../schedule/expiries';
import type { LogRemoval } from './log-removal';
import type { TopicLog } from './topic-log';

/** Messages that are swept at once to make room, and their payload bytes: about so many. */
const SWEPT_MESSAGES = 1000;
const SWEPT_BYTES = 4 << 20;

/**
 * What is above the limits, and was so before an operation: it pushes out so many messages, and payload bytes, of that
 * at most. There is more of it when the limits were lowered.
 */
const LEFT_MESSAGES = 1000;
const LEFT_BYTES = 256 << 10;

interface Held {
  readonly messages: number;
  readonly bytes: number;
}

const NOTHING: Held = { messages: 0, bytes: 0 };

/** Makes room in one topic's log: removes what has expired, what every group has acked, what the limits push out. */
export class Room {
  /** When there is something to push out by itself: at once, when an operation has left some in this run. */
  readonly next = new DueTime();
  readonly #log: TopicLog;
  readonly #removal: LogRemoval;
  readonly #expiries: Expiries;

  constructor(log: TopicLog, removal: LogRemoval, expiries: Expiries) {
    this.#log = log;
    this.#removal = removal;
    this.#expiries = expiries;
  }

  /** Removes some of what does not count any more, as much as is lacking; `false` when there is nothing. */
  make(messages: number, bytes: number, commit: TopicCommit): boolean {
    return this.sweep(commit) || this.#log.groups.letGo(messages, bytes, commit);
  }

  /** Removes some of what has expired, if there is any; whether the topic holds less now. */
  sweep(commit: TopicCommit): boolean {
    const { content } = this.#log;
    const { messages } = content.staged;
    try {
      this.#expiries.sweep(commit, new Budget(SWEPT_MESSAGES, SWEPT_BYTES));
    } catch (error) {
      // What cannot be read stays; that is no reason to fail here. No removal was begun.
      if (!(error instanceof PochtaError)) throw error;
    }
    return content.staged.messages < messages;
  }

  /**
   * Removes the oldest messages above the limits, unless the topic rejects what is new instead: as much as was `added`,
   * and some of what was left before.
   */
  dropOverflow(commit: TopicCommit, added?: MessageBatch): void {
    const { policy } = this.#log.content.record;
    this.next.set(Infinity);
    if (policy.overflow === 'reject' || this.#excess() === undefined) return;
    const { messages, bytes } = this.#log.content.staged;
    const least: Held = {
      messages: messages - (added?.count ?? 0) - LEFT_MESSAGES,
      bytes: bytes - (added?.byteLength ?? 0) - LEFT_BYTES,
    };
    let excess = this.#excess(least);
    while (excess !== undefined && this.sweep(commit)) excess = this.#excess(least);
    if (excess !== undefined && this.#log.groups.letGo(excess.messages, excess.bytes, commit)) {
      excess = this.#excess(least);
    }
    if (excess !== undefined) this.#pushOut(excess, commit);
    if (this.#excess() !== undefined) this.next.set(0);
  }

  #pushOut({ messages, bytes }: Held, commit: TopicCommit): void {
    const { policy } = this.#log.content.record;
    const letters: DeadLetter[] = [];
    const collect = (batch: StoredBatch, from: number, to: number): void => {
      letters.push(...pushedOut(policy, batch, from, to, commit.now()));
    };
    const onRun = policy.overflow === 'dead-letter' ? collect : undefined;
    this.#removal.removeFront(messages, bytes, 'overflow', commit.changes, onRun);
    addDeadLetters(commit, this.#log, letters);
  }

  /**
   * What is too much of what is in the log, which is all that can be pushed out; `undefined` when nothing is. `least`:
   * what is to stay in any case.
   */
  #excess(least: Held = NOTHING): Held | undefined {
    const { record, staged } = this.#log.content;
    const { maxMessages, maxBytes } = record.policy;
    const stays = Math.max(0, least.messages, maxMessages - staged.delayed);
    const staysBytes = Math.max(0, least.bytes, maxBytes - staged.delayedBytes);
    const messages = staged.messages - stays;
    const bytes = staged.bytes - staysBytes;
    return messages > 0 || bytes > 0 ? { messages, bytes } : undefined;
  }
}

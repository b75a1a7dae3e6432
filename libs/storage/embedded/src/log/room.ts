import { PochtaError } from '@pochta/protocol';
import type { TopicCommit } from '../commit/topic-commit';
import { addDeadLetters, pushedOut, type DeadLetter } from '../dead-letters/dead-letters';
import { Budget } from '../schedule/budget';
import type { Expiries } from '../schedule/expiries';
import type { LogRemoval } from './log-removal';
import type { TopicLog } from './topic-log';

/** Messages that are swept at once to make room, and their payload bytes: about so many. */
const SWEPT_MESSAGES = 1000;
const SWEPT_BYTES = 4 << 20;

/** Makes room in one topic's log: removes what has expired, what every group has acked, what the limits push out. */
export class Room {
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

  /** Removes the oldest messages above the limits, unless the topic rejects what is new instead. */
  dropOverflow(commit: TopicCommit): void {
    const { policy } = this.#log.content.record;
    if (policy.overflow === 'reject') return;
    let excess = this.#excess();
    while (excess !== undefined && this.sweep(commit)) excess = this.#excess();
    if (excess !== undefined && this.#log.groups.letGo(excess.messages, excess.bytes, commit)) {
      excess = this.#excess();
    }
    if (excess === undefined) return;
    const { messages, bytes } = excess;
    const letters: DeadLetter[] = [];
    this.#removal.removeFront(messages, bytes, 'overflow', commit.changes, (batch, from, to) => {
      if (policy.overflow === 'dead-letter')
        letters.push(...pushedOut(policy, batch, from, to, commit.now()));
    });
    addDeadLetters(commit, this.#log, letters);
  }

  /** What is too much of what is in the log, which is all that can be pushed out; `undefined` when nothing is. */
  #excess(): { readonly messages: number; readonly bytes: number } | undefined {
    const { record, staged } = this.#log.content;
    const { maxMessages, maxBytes } = record.policy;
    const messages = Math.min(staged.messages, staged.messages + staged.delayed - maxMessages);
    const bytes = Math.min(staged.bytes, staged.bytes + staged.delayedBytes - maxBytes);
    return messages > 0 || bytes > 0 ? { messages, bytes } : undefined;
  }
}

import type { TopicCommit } from '../../commit/topic-commit';
import type { Dispatcher } from '../dispatcher';
import type { EmbeddedMember } from '../embedded-member';
import type { Run } from './hold';

/** Messages that are being settled: what they were handed out with, for when that cannot be done. */
export class Claim {
  constructor(
    readonly dispatcher: Dispatcher,
    /** Ascending, each once. */
    readonly sequences: readonly number[],
    /** For each sequence. */
    readonly runs: readonly Run[],
    /** Whose they are until that is done; `undefined` when their deadline has passed. */
    readonly member: EmbeddedMember | undefined,
  ) {}

  /** Throws `NOT_IN_FLIGHT` when the group or its topic is gone; nothing is staged then. */
  check(commit: TopicCommit): void {
    this.dispatcher.settlement.check(commit, this);
  }

  /** Acks them in a commit, for which they were checked. */
  ack(commit: TopicCommit): void {
    this.dispatcher.settlement.ack(commit, this);
  }

  /** It cannot be done: they are in flight again, or handed back when their member has left. */
  undo(): void {
    this.dispatcher.undo(this);
  }
}

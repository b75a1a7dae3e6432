import type { TopicCommit } from '../commit/topic-commit';
import type { StoreTime } from '../store-time';
import type { UnsettledTotal } from './in-flight/unsettled-total';
import type { Turns } from './turns';

/** What the groups need of their engine. */
export interface GroupHost {
  readonly time: StoreTime;
  /** Most messages that one group may have taken out of the log and not settled. */
  readonly maxUnsettled: number;
  /** Of all its groups. */
  readonly total: UnsettledTotal;
  readonly turns: Turns;
  /** Throws when the engine does not serve any more. */
  check(): void;
  submit<T>(work: (commit: TopicCommit) => T, messages: number): Promise<T>;
  /** Resolves when no commit is under way. */
  commitDone(): Promise<void>;
}

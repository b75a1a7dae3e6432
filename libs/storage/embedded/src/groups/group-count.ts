import { errorFor } from '@pochta/protocol';
import type { TopicLog } from '../log/topic-log';

/** How many groups the topics of a store have, all together. */
export class GroupCount {
  readonly #max: number;
  /** Of those topics that have some. */
  readonly #counts = new Map<TopicLog, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** A topic may have others than before: what it has is committed. */
  note(log: TopicLog): void {
    const count = log.deleted ? 0 : log.content.state.groups;
    this.#total += count - (this.#counts.get(log) ?? 0);
    if (count === 0) this.#counts.delete(log);
    else this.#counts.set(log, count);
  }

  /** Throws `TOO_MANY_GROUPS` when there may be no more. */
  check(): void {
    if (this.#total < this.#max) return;
    throw errorFor('TOO_MANY_GROUPS', `There are ${this.#max} groups, which is the most`);
  }
}

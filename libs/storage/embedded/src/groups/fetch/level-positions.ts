import { lastSequence, type StoredBatch } from '@pochta/protocol';
import { expiry } from '../../log/expired';
import type { LogContent } from '../../log/log-content';
import { numberIn, numbersKey } from '../../records/record-space';
import type { BatchCache } from './batch-cache';
import type { Found, GroupPosition } from './group-position';

/** To read a batch counts as to pass so many messages. */
const PASSED_PER_BATCH = 64;

/** A message of a priority above 0 that nobody has taken out of the log. */
export interface LevelCandidate extends Found {
  readonly priority: number;
}

/** How far a group has looked for messages of one priority. */
interface LevelPosition {
  /** First sequence of the batch that is looked at, or where to look for one. */
  from: number;
  /** Within that batch. */
  at: number;
  batch: StoredBatch | undefined;
  /** `nextSequence` of the log when none was left. */
  exhausted: number;
}

/** Finds messages of high priorities ahead of a group's position, by the index that the log keeps of them. */
export class LevelPositions {
  readonly #content: LogContent;
  readonly #position: GroupPosition;
  readonly #batches: BatchCache;
  readonly #levels: LevelPosition[] = [];

  constructor(content: LogContent, position: GroupPosition, batches: BatchCache) {
    this.#content = content;
    this.#position = position;
    this.#batches = batches;
  }

  /** Of the highest priority there is, above `least`, the first one. Sets the position's `blocked`, and ends when it is `spent`. */
  next(least: number, now: number): LevelCandidate | undefined {
    const { levels } = this.#content.state;
    for (let priority = 31 - Math.clz32(levels); priority > Math.max(0, least - 1); priority--) {
      if (((levels >>> priority) & 1) === 0) continue;
      const found = this.#find(priority, now);
      if (found !== undefined) return { ...found, priority };
      if (this.#position.spent) return undefined;
    }
    return undefined;
  }

  /** Does not give this one again: it comes when the position is there. */
  pass({ priority, sequence }: LevelCandidate): void {
    this.#levels[priority].at = sequence + 1;
  }

  /** Whether the message may be handed out as one of this priority. */
  matches(batch: StoredBatch, sequence: number, priority: number, now: number): boolean {
    const { record } = this.#content;
    const index = sequence - batch.firstSequence;
    if ((batch.messages.attributes?.[index]?.priority ?? 0) !== priority) return false;
    if (!this.#position.isFree(sequence)) return false;
    return expiry(batch, index, record.policy.maxAge, now) === undefined;
  }

  #find(priority: number, now: number): Found | undefined {
    const level = (this.#levels[priority] ??= this.#begin());
    const { nextSequence } = this.#content.state;
    while (level.exhausted < nextSequence && !this.#position.spent) {
      const batch = level.batch ?? this.#nextBatch(level, priority);
      if (batch === undefined) return undefined;
      level.batch = batch;
      for (level.at = Math.max(level.at, batch.firstSequence); level.at <= lastSequence(batch); level.at++) {
        if (this.matches(batch, level.at, priority, now)) return { batch, sequence: level.at };
        if (this.#position.spent) return undefined;
        this.#position.passed(1);
      }
      level.from = batch.firstSequence + 1;
      level.batch = undefined;
    }
    return undefined;
  }

  #nextBatch(level: LevelPosition, priority: number): StoredBatch | undefined {
    const { levels, state } = this.#content;
    while (!this.#position.spent) {
      const [found] = levels.list(numbersKey(priority, level.from), numbersKey(priority + 1, 0), 1);
      const first = found === undefined ? Infinity : numberIn(found[0], 1);
      if (first >= state.nextSequence) {
        level.exhausted = state.nextSequence;
        return undefined;
      }
      const batch = this.#batches.read(Math.max(first, state.firstSequence));
      this.#position.passed(PASSED_PER_BATCH);
      if (batch?.firstSequence === first) return batch;
      if (batch === undefined && first >= state.firstSequence) {
        this.#position.blocked = true;
        return undefined;
      }
      level.from = first + 1;
    }
    return undefined;
  }

  #begin(): LevelPosition {
    const batch = this.#batches.read(this.#position.at);
    return { from: batch?.firstSequence ?? this.#position.at, at: 0, batch: undefined, exhausted: 0 };
  }
}

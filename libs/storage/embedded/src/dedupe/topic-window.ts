import { errorFor } from '@pochta/protocol';
import type { TopicCommit } from '../commit/topic-commit';
import type { LogContent } from '../log/log-content';
import { DedupeWindow } from './dedupe-window';

/** The dedupe window of one topic: read from the medium when there are ids to look for the first time. */
export class TopicWindow {
  readonly #content: LogContent;
  #window: DedupeWindow | undefined;

  constructor(content: LogContent) {
    this.#content = content;
  }

  /** Throws `STORAGE_FAILED` when it cannot be read. */
  get(now: number): DedupeWindow {
    if (this.#window === undefined) {
      this.#window = this.#load(now);
      this.expire(now);
    }
    return this.#window;
  }

  /** Forgets what is too old or too much. */
  expire(now: number): void {
    this.#window?.expire(now, this.#content.record.policy);
  }

  /** Ends the changes of this commit. */
  seal(commit: TopicCommit): void {
    const { record } = this.#content;
    const ids = this.#window?.seal(commit.now());
    if (ids?.added) commit.changes.putIds(record, ids.added);
    for (const start of ids?.removed ?? []) commit.changes.removeIds(record, start);
  }

  advance(): void {
    this.#window?.advance();
  }

  rollback(): void {
    this.#window?.rollback();
  }

  #load(now: number): DedupeWindow {
    const { medium, record } = this.#content;
    try {
      return new DedupeWindow(medium.readIds(record), record.policy, now);
    } catch (cause) {
      throw errorFor('STORAGE_FAILED', `The message ids of topic ${record.name} cannot be read`, { cause });
    }
  }
}

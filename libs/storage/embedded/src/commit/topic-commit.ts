import type { TopicPolicy } from '@pochta/protocol';
import { unknownTopic, type HighWaterMark, type TopicsListener } from '@pochta/storage-contract';
import { randomUUID } from 'node:crypto';
import type { Commit } from './commit-queue';
import type { Medium, MediumChanges } from '../medium';
import { TopicLog } from '../log/topic-log';
import { emptyState } from '../log/topic-state';
import type { StoreTime } from '../store-time';

/** The topics as one commit's operations see and changes them. */
export class TopicCommit implements Commit {
  readonly changes: MediumChanges;
  readonly #medium: Medium;
  readonly #topics: Map<string, TopicLog>;
  readonly #watchers: TopicsListener;
  readonly #time: StoreTime;
  /** Told of each topic that was changed. */
  readonly #onAdvanced: (log: TopicLog) => void;
  /** Topics that this commit creates or, where `undefined`, deletes. */
  readonly #staged = new Map<string, TopicLog | undefined>();
  readonly #marks = new Map<string, HighWaterMark>();
  readonly #touched = new Set<TopicLog>();
  readonly #deleted = new Set<TopicLog>();
  #announcements: (() => void)[] = [];

  constructor(
    medium: Medium,
    topics: Map<string, TopicLog>,
    watchers: TopicsListener,
    time: StoreTime,
    onAdvanced: (log: TopicLog) => void,
  ) {
    this.#medium = medium;
    this.#topics = topics;
    this.#watchers = watchers;
    this.#time = time;
    this.#onAdvanced = onAdvanced;
    this.changes = medium.begin();
  }

  /** The store's time, in ms since the epoch. */
  now(): number {
    return this.#time.now();
  }

  /** ms from the wall clock's time to the store's. */
  wallShift(): number {
    return this.#time.ofWallClock(0);
  }

  find(name: string): TopicLog | undefined {
    return this.#staged.has(name) ? this.#staged.get(name) : this.#topics.get(name);
  }

  /** A topic that is to be changed. Throws `TOPIC_UNKNOWN`. */
  change(name: string): TopicLog {
    const log = this.find(name);
    if (log === undefined) throw unknownTopic(name);
    this.#touched.add(log);
    return log;
  }

  create(name: string, policy: TopicPolicy): TopicLog {
    const mark = this.#marks.get(name) ?? this.#medium.highWaterMark(name);
    const epoch = mark?.epoch ?? randomUUID().slice(0, 8);
    const record = { key: this.changes.newKey(), name, policy, epoch };
    const state = emptyState(mark?.nextSequence ?? 1);
    const log = new TopicLog(this.#medium, record, state);
    this.changes.putTopic(record, state);
    this.#staged.set(name, log);
    this.#touched.add(log);
    return log;
  }

  delete(name: string): void {
    const log = this.change(name);
    log.delete(this);
    this.#marks.set(name, {
      nextSequence: log.content.stagedInfo().nextSequence,
      epoch: log.content.record.epoch,
    });
    this.#staged.set(name, undefined);
    this.#deleted.add(log);
  }

  commit(): Promise<void> | void {
    if (this.#touched.size === 0) return undefined;
    for (const log of this.#touched) log.seal(this, this.#deleted.has(log));
    return this.changes.commit();
  }

  advance(): void {
    for (const [name, log] of this.#staged) {
      const existed = this.#topics.delete(name);
      if (log !== undefined) this.#topics.set(name, log);
      if (existed) this.#announcements.push(() => this.#watchers.onDeleted(name));
      if (log !== undefined) this.#announcements.push(() => this.#watchers.onCreated(name));
    }
    for (const log of this.#touched) {
      const announcement = log.advance(this.#deleted.has(log));
      if (announcement !== undefined) this.#announcements.push(announcement);
      this.#onAdvanced(log);
    }
  }

  rollback(): void {
    for (const log of this.#touched) log.rollback();
  }

  announce(): void {
    for (const tell of this.#announcements) tell();
    this.changes.told?.();
  }
}

import type { Wake } from '@pochta/storage-contract';
import { COMMIT_RETRY_DELAY } from '../commit/commit-queue';
import type { TopicCommit } from '../commit/topic-commit';
import type { TopicLog } from '../log/topic-log';
import type { StoreTime } from '../store-time';
import { Budget } from './budget';
import { DueHeap } from './due-heap';

/** Messages that one round moves or removes, and their payload bytes: about so many. */
const ROUND_MESSAGES = 1000;
const ROUND_BYTES = 4 << 20;
/** Topics that one round looks at. */
const ROUND_TOPICS = 64;
/** ms after which the wall clock is looked at again: it may have been set forward, or the machine has slept. */
const LONGEST_WAIT = 30_000;

type Submit = (work: (commit: TopicCommit) => void) => Promise<void>;

/**
 * Has topics do what is due by itself: append messages that waited, remove messages that have expired. One wake for all
 * topics of a store, and rounds of limited work, each of which is one commit together with what else comes.
 */
export class Schedule {
  readonly #time: StoreTime;
  readonly #submit: Submit;
  readonly #due = new DueHeap<TopicLog>();
  /** Topics that failed, and when they may be tried again. */
  readonly #failed = new Map<TopicLog, number>();
  /** Topics of the round that is under way. */
  readonly #inRound = new Set<TopicLog>();
  #round: Promise<void> | undefined;
  #wake: Wake | undefined;
  /** When the wake comes, in store time. */
  #wakeTime = Infinity;
  #closed = false;

  /** `submit`: has an operation staged with the next commit. */
  constructor(time: StoreTime, submit: Submit) {
    this.#time = time;
    this.#submit = submit;
  }

  /** A topic was opened, or a commit has changed it: it may have something to do, earlier than it had. */
  note(log: TopicLog): void {
    if (log.deleted) return this.#forget(log);
    if (log.nextDue === Infinity || this.#inRound.has(log)) return;
    const time = Math.max(log.nextDue, this.#failed.get(log) ?? 0);
    if (time >= this.#due.timeOf(log)) return;
    this.#due.set(log, time);
    this.#arm();
  }

  /** Starts no round any more. */
  close(): void {
    this.#closed = true;
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  #forget(log: TopicLog): void {
    this.#due.set(log, Infinity);
    this.#failed.delete(log);
  }

  #arm(): void {
    if (this.#closed || this.#round !== undefined || this.#due.first === Infinity) return;
    const now = this.#time.now();
    if (this.#due.first <= now) {
      this.#cancel();
      this.#round = this.#run(now);
      return;
    }
    const time = Math.min(this.#due.first, now + LONGEST_WAIT);
    if (this.#wake !== undefined && this.#wakeTime <= time) return;
    this.#cancel();
    this.#wakeTime = time;
    this.#wake = this.#time.wake(time - now, () => {
      this.#wake = undefined;
      this.#arm();
    });
  }

  #cancel(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  async #run(now: number): Promise<void> {
    const logs = this.#due.takeUntil(now, ROUND_TOPICS);
    for (const log of logs) this.#inRound.add(log);
    const budget = new Budget(ROUND_MESSAGES, ROUND_BYTES);
    await Promise.all(logs.map((log) => this.#attend(log, budget)));
    this.#inRound.clear();
    this.#round = undefined;
    for (const log of logs) this.note(log);
    this.#arm();
  }

  async #attend(log: TopicLog, budget: Budget): Promise<void> {
    const { name } = log.content.record;
    try {
      await this.#submit((commit) => {
        if (commit.find(name) === log) commit.change(name).doDue(commit, budget);
      });
      this.#failed.delete(log);
    } catch {
      // It is still to be done.
      this.#failed.set(log, this.#time.now() + COMMIT_RETRY_DELAY);
    }
  }
}

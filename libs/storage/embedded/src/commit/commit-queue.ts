import { errorFor, PochtaError } from '@pochta/protocol';
import { Fifo } from '../fifo';

/** ms until the store submits work of its own again whose commit failed: a disk that is full may have room then. */
export const COMMIT_RETRY_DELAY = 1000;

/** ms that a commit may take to stage operations, but for the last of them: all peers wait meanwhile. */
const STAGING_BUDGET = 15;

/** What operations change together; made and used by the queue. */
export interface Commit {
  /** Makes all changes durable; rejects when nothing of them happened. */
  commit(): Promise<void> | void;
  /** Makes the committed changes visible. */
  advance(): void;
  /** Drops the changes. */
  rollback(): void;
  /** Tells the tails. */
  announce(): void;
}

interface Operation<C> {
  stage(commit: C): void;
  succeed(): void;
  fail(error: PochtaError): void;
}

/**
 * Puts operations into commits: all that arrive in one turn of the event loop, or while a commit is under way, are one
 * commit, as far as they can be staged in `STAGING_BUDGET`; the rest is the next commit's. They take effect in the order
 * they came.
 */
export class CommitQueue<C extends Commit> {
  readonly #begin: () => C;
  readonly #now: () => number;
  readonly #waiting = new Fifo<Operation<C>>();
  /** The commit that is to come, or is under way. */
  #current: Promise<void> | undefined;

  /** `now`: the time in ms, of a clock that nobody sets. */
  constructor(begin: () => C, now: () => number = () => performance.now()) {
    this.#begin = begin;
    this.#now = now;
  }

  /**
   * Has `work` change the next commit; resolves with its result once that is done, and rejects with the `PochtaError`
   * that it threw. Any other error of its makes the whole commit fail. When the commit fails, `instead` gives the
   * result by the state as it was; without it, the promise is rejected.
   */
  submit<T>(work: (commit: C) => T, instead?: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let answer: () => void;
      const run = (give: () => T): (() => void) => {
        try {
          const value = give();
          return () => resolve(value);
        } catch (error) {
          if (!(error instanceof PochtaError)) throw error;
          return () => reject(error);
        }
      };
      this.#waiting.push({
        stage: (commit) => (answer = run(() => work(commit))),
        succeed: () => answer(),
        fail: (error) => (instead ? run(instead)() : reject(error)),
      });
      this.#schedule();
    });
  }

  /** Resolves when the commit that is under way, if any, is done and told. */
  commitDone(): Promise<void> {
    return this.#current ?? Promise.resolve();
  }

  /** Resolves when nothing waits and no commit is under way. */
  async idle(): Promise<void> {
    while (this.#current !== undefined) await this.#current;
  }

  #schedule(): void {
    this.#current ??= new Promise((resolve) => {
      setImmediate(() => {
        void this.#run().then(() => {
          this.#current = undefined;
          if (this.#waiting.length > 0) this.#schedule();
          resolve();
        });
      });
    });
  }

  async #run(): Promise<void> {
    const operations: Operation<C>[] = [];
    let commit: C | undefined;
    try {
      commit = this.#begin();
      const end = this.#now() + STAGING_BUDGET;
      do this.#take(operations).stage(commit);
      while (this.#waiting.length > 0 && this.#now() < end);
      const committed = commit.commit();
      if (committed) await committed;
    } catch (error) {
      commit?.rollback();
      // Without a commit, there is none for those that wait either.
      if (commit === undefined) while (this.#waiting.length > 0) this.#take(operations);
      const failure = error instanceof PochtaError ? error : storageFailed(error);
      for (const operation of operations) operation.fail(failure);
      return;
    }
    commit.advance();
    for (const operation of operations) operation.succeed();
    await microtasksDone();
    commit.announce();
  }

  /** Moves the oldest operation that waits to those of a commit. */
  #take(operations: Operation<C>[]): Operation<C> {
    const operation = this.#waiting.shift()!;
    operations.push(operation);
    return operation;
  }
}

/** Resolves when no microtask is left: a tick that a microtask asks for comes after all of them. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}

function storageFailed(cause: unknown): PochtaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return errorFor('STORAGE_FAILED', `The storage engine failed: ${reason}`, { cause });
}

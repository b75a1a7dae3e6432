import { errorFor, PochtaError } from '@pochta/protocol';
import { Fifo } from '../fifo';
import { Gathering } from './gathering';

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
  /** How many messages it is about. */
  readonly messages: number;
  /** Throws when it may be staged in part: the commit must be dropped. */
  stage(commit: C): void;
  succeed(): void;
  fail(error: PochtaError): void;
}

export interface SubmitOptions<T> {
  /** How many messages the operation is about; default 1. */
  readonly messages?: number;
  /** Gives the result by the state as it was, when the operation fails; without it, the promise is rejected. */
  readonly instead?: () => T;
}

/**
 * Puts operations into commits: all that arrive in one turn of the event loop, or while a commit is under way, or in a
 * short time after that if there is reason to wait for them (see `Gathering`), are one commit, as far as they can be
 * staged in `STAGING_BUDGET`; the rest is the next commit's. They take effect in the order they came.
 *
 * An operation that fails while it is staged fails alone: what was staged before it is staged again, without it. Where
 * there is no space for a commit, its operations are tried in smaller ones, so that only those fail that lack it.
 */
export class CommitQueue<C extends Commit> {
  readonly #begin: () => C;
  readonly #now: () => number;
  readonly #waiting = new Fifo<Operation<C>>();
  /** Operations of a commit that was dropped: they come before those that wait, and not in one commit with them. */
  #again = new Fifo<Operation<C>>();
  /** Most operations of a commit of those. */
  #most = Infinity;
  readonly #gathering = new Gathering();
  /** That operations which wait are about. */
  #waitingMessages = 0;
  /** The commit that is to come, or is under way. */
  #current: Promise<void> | undefined;

  /** `now`: the time in ms, of a clock that nobody sets. */
  constructor(begin: () => C, now: () => number = () => performance.now()) {
    this.#begin = begin;
    this.#now = now;
  }

  /**
   * Has `work` change the next commit; resolves with its result once that is done, and rejects with what it threw. A
   * `PochtaError` is a refusal, before which nothing was staged: what happened is committed with the rest. But after
   * `STORAGE_FAILED`, and any error that is no `PochtaError`, nothing of this operation is: `work` may be called again
   * for the others, with another commit.
   */
  submit<T>(work: (commit: C) => T, { messages = 1, instead }: SubmitOptions<T> = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let answer: () => void;
      this.#waitingMessages += messages;
      this.#waiting.push({
        messages,
        stage: (commit) => {
          try {
            const value = work(commit);
            answer = () => resolve(value);
          } catch (error) {
            if (!isRefusal(error)) throw error;
            answer = () => reject(error);
          }
        },
        succeed: () => answer(),
        fail: (error) => {
          if (instead === undefined) return reject(error);
          try {
            resolve(instead());
          } catch (reason) {
            reject(asPochtaError(reason));
          }
        },
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
      let waited = false;
      const turn = (): void => {
        if (this.#again.length === 0 && this.#gathering.expectsMore(this.#waitingMessages, this.#now())) {
          waited = true;
          setImmediate(turn);
          return;
        }
        if (waited) this.#gathering.learn(this.#waitingMessages);
        void this.#run().then(() => {
          this.#current = undefined;
          if (this.#again.length + this.#waiting.length > 0) this.#schedule();
          resolve();
        });
      };
      setImmediate(turn);
    });
  }

  async #run(): Promise<void> {
    const operations: Operation<C>[] = [];
    let commit: C | undefined;
    let staged = false;
    let took = 0;
    try {
      commit = this.#begin();
      this.#stage(operations, commit);
      staged = true;
      const committed = commit.commit();
      if (committed) {
        const start = this.#now();
        await committed;
        took = this.#now() - start;
      }
    } catch (error) {
      commit?.rollback();
      if (commit === undefined) this.#failAll(asPochtaError(error));
      else if (staged) this.#commitFailed(operations, asPochtaError(error));
      else this.#stagingFailed(operations, asPochtaError(error));
      return;
    }
    this.#most *= 2;
    commit.advance();
    for (const operation of operations) operation.succeed();
    await microtasksDone();
    commit.announce();
    const messages = operations.reduce((sum, operation) => sum + operation.messages, 0);
    this.#gathering.committed({ messages, waiting: this.#waitingMessages, took, now: this.#now() });
  }

  /** Moves operations to those of a commit: the oldest ones, and stages them. */
  #stage(operations: Operation<C>[], commit: C): void {
    const end = this.#now() + STAGING_BUDGET;
    const source = this.#again.length > 0 ? this.#again : this.#waiting;
    if (source === this.#waiting) this.#most = Infinity;
    do {
      const operation = source.shift()!;
      if (source === this.#waiting) this.#waitingMessages -= operation.messages;
      operations.push(operation);
      operation.stage(commit);
    } while (source.length > 0 && operations.length < this.#most && this.#now() < end);
  }

  /** The last of these failed, and alone is to blame. */
  #stagingFailed(operations: Operation<C>[], error: PochtaError): void {
    const culprit = operations.pop()!;
    this.#stageAgain(operations, Infinity);
    culprit.fail(error);
  }

  /** Nothing of these happened. */
  #commitFailed(operations: Operation<C>[], error: PochtaError): void {
    if (error.code === 'STORAGE_FULL' && operations.length > 1) {
      this.#stageAgain(operations, Math.ceil(operations.length / 2));
    } else for (const operation of operations) operation.fail(error);
  }

  /** No commit can be begun. */
  #failAll(error: PochtaError): void {
    this.#waitingMessages = 0;
    for (const source of [this.#again, this.#waiting]) {
      for (let operation = source.shift(); operation; operation = source.shift()) operation.fail(error);
    }
  }

  #stageAgain(operations: readonly Operation<C>[], most: number): void {
    const rest = this.#again;
    this.#again = new Fifo();
    for (const operation of operations) this.#again.push(operation);
    for (let operation = rest.shift(); operation; operation = rest.shift()) this.#again.push(operation);
    this.#most = Math.min(most, this.#most);
  }
}

/** Resolves when no microtask is left: a tick that a microtask asks for comes after all of them. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}

/** `STORAGE_FAILED` may come in the middle of an operation, from any read: it is none. */
function isRefusal(error: unknown): error is PochtaError {
  return error instanceof PochtaError && error.code !== 'STORAGE_FAILED';
}

function asPochtaError(cause: unknown): PochtaError {
  if (cause instanceof PochtaError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return errorFor('STORAGE_FAILED', `The storage engine failed: ${reason}`, { cause });
}

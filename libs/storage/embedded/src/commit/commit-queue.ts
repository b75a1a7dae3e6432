import { errorFor, PochtaError } from '@pochta/protocol';

/** What one group of operations changes together; made and used by the queue. */
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

interface Operation<Group> {
  stage(group: Group): void;
  succeed(): void;
  fail(error: PochtaError): void;
}

/**
 * Puts operations into groups that are committed as one: all that arrive in one turn of the event loop, or while a
 * commit is under way, are one group. They take effect in the order they came.
 */
export class CommitQueue<Group extends Commit> {
  readonly #begin: () => Group;
  #waiting: Operation<Group>[] = [];
  /** The group that is to be, or is being, committed. */
  #current: Promise<void> | undefined;

  constructor(begin: () => Group) {
    this.#begin = begin;
  }

  /**
   * Has `work` change the next group; resolves with its result once the group is committed, and rejects with the
   * `PochtaError` that it threw. Any other error of its makes the whole group fail. When the group fails, `instead`
   * gives the result by the state as it was; without it, the promise is rejected.
   */
  submit<T>(work: (group: Group) => T, instead?: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settle: () => void;
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
        stage: (group) => (settle = run(() => work(group))),
        succeed: () => settle(),
        fail: (error) => (instead ? run(instead)() : reject(error)),
      });
      this.#schedule();
    });
  }

  /** Resolves when the group that is under way, if any, is done and told. */
  settled(): Promise<void> {
    return this.#current ?? Promise.resolve();
  }

  /** Resolves when nothing waits and no group is under way. */
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
    const operations = this.#waiting;
    this.#waiting = [];
    let group: Group | undefined;
    try {
      group = this.#begin();
      for (const operation of operations) operation.stage(group);
      const committed = group.commit();
      if (committed) await committed;
    } catch (error) {
      group?.rollback();
      const failure = error instanceof PochtaError ? error : storageFailed(error);
      for (const operation of operations) operation.fail(failure);
      return;
    }
    group.advance();
    for (const operation of operations) operation.succeed();
    await microtasksDone();
    group.announce();
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

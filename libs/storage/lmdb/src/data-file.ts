import { PochtaError } from '@pochta/protocol';
import { open, type RootDatabase } from 'lmdb';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfSpace } from './disk-space';
import { META } from './data-keys';

/** One change of the data file; without a value, the key is removed. */
export interface Write {
  readonly key: Buffer;
  readonly value?: Buffer;
}

/** The LMDB environment of a data folder: keys and values are bytes, commits are flushed. */
export class DataFile {
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #path: string;

  /** Opens, or makes, the data file of a folder. Throws what LMDB throws. */
  constructor(folder: string) {
    this.#path = join(folder, 'data.mdb');
    this.#db = open<Buffer, Buffer>({
      path: folder,
      keyEncoding: 'binary',
      encoding: 'binary',
      // So that a commit's promise is resolved only when the commit is flushed, and rejected when that fails.
      overlappingSync: false,
      // The commit queue makes the groups.
      eventTurnBatching: false,
    });
    this.#lengthen();
  }

  get(key: Buffer): Buffer | undefined {
    return this.#db.getBinary(key);
  }

  /** Keys from `start` up to, but without, `end`; all are read at once, so that no transaction stays open. */
  keys(start: Buffer, end: Buffer, limit?: number): Buffer[] {
    return [...this.#db.getKeys({ start, end, limit })];
  }

  /** The last key that is not above `start` and is above `end`. */
  keyBefore(start: Buffer, end: Buffer): Buffer | undefined {
    return [...this.#db.getKeys({ start, end, reverse: true, limit: 1 })][0];
  }

  /** Ends the read transaction that reads of this turn share: it would keep old pages from being used again. */
  endRead(): void {
    this.#db.resetReadTxn();
  }

  /**
   * Writes all, or nothing; resolves when it is flushed. The buffers must not change until then.
   * Rejects with `STORAGE_FULL` or `STORAGE_FAILED`.
   */
  async write(writes: readonly Write[]): Promise<void> {
    this.endRead();
    try {
      await this.#commit(writes);
    } catch (error) {
      if (!this.#isFull(writes)) throw failed(error);
      await this.#writeAgain(writes);
    }
    this.endRead();
  }

  /** Runs `work` while no other process can write, and flushes what it puts. */
  exclusively<T>(work: () => T): T {
    return this.#db.transactionSync(work);
  }

  /** Only within `exclusively`. */
  put(key: Buffer, value: Buffer): void {
    this.#db.putSync(key, value);
  }

  /** Process ids that have the data file open, this one among them: LMDB's table of readers, without the dead. */
  users(): number[] {
    // A process is in the table once it has read.
    this.#db.getBinary(META.owner);
    this.endRead();
    this.#db.readerCheck();
    return [...this.#db.readerList().matchAll(/^\s*(\d+)\s/gm)].map((match) => Number(match[1]));
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  /** Pages that the last commit freed can be used by the one after the next: this is the next one. */
  async #writeAgain(writes: readonly Write[]): Promise<void> {
    try {
      await this.#commit([{ key: META.tick, value: Buffer.of(1) }]);
      await this.#commit(writes);
    } catch (cause) {
      throw new PochtaError('STORAGE_FULL', `No space left for messages in ${this.#path}`, { cause });
    }
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    try {
      await this.#db.batch(() => {
        for (const { key, value } of writes) {
          if (value === undefined) void this.#db.remove(key);
          else void this.#db.put(key, value);
        }
      });
    } catch (error) {
      // The reason comes with a promise of its own, which nobody else handles.
      const { commitError } = error as { commitError?: Promise<never> };
      await commitError;
      throw error;
    }
  }

  #isFull(writes: readonly Write[]): boolean {
    const bytes = writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    return isOutOfSpace(this.#path, bytes);
  }

  /** A data file that was cut off would end the process when its pages are read; zeros are a proper error instead. */
  #lengthen(): void {
    const { lastPageNumber, pageSize } = this.#db.getStats() as { lastPageNumber: number; pageSize: number };
    const expected = (lastPageNumber + 1) * pageSize;
    if (statSync(this.#path).size < expected) truncateSync(this.#path, expected);
  }
}

function failed(cause: unknown): PochtaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PochtaError('STORAGE_FAILED', `The storage engine failed: ${reason}`, { cause });
}

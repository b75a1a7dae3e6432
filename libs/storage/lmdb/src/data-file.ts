import { errorFor, type PochtaError } from '@pochta/protocol';
import { open, type RootDatabase } from 'lmdb';
import { constants } from 'node:os';
import { join } from 'node:path';
import { checkDataFile } from './data-file-check';
import { DataSpace, type SpaceDemand } from './data-space';
import { META } from './data-keys';

/** Pages that any commit may take: the roots, and LMDB's list of free pages. */
const FIXED_PAGES = 32;
const PAGES_PER_PUT = 2;
/** Of each page, and of the first one of several. */
const PAGE_HEADER = 24;
/** Leaves that are changed under one page above them: at least so many, when they are not neighbours. */
const FANOUT = 32;
const { ENOSPC, EFBIG, EDQUOT } = constants.errno;

/** One change of the data file; without a value, the key is removed. */
export interface Write {
  readonly key: Buffer;
  readonly value?: Buffer;
  /** No key is between this one and the one of the write before: both are removed. */
  readonly isNext?: boolean;
}

/** The LMDB environment of a data folder: keys and values are bytes, commits are flushed. */
export class DataFile {
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #path: string;
  readonly #space: DataSpace;
  readonly #pageSize: number;

  /** Opens, or makes, the data file of a folder. Throws what LMDB throws. */
  constructor(folder: string) {
    this.#path = join(folder, 'data.mdb');
    checkDataFile(this.#path);
    this.#db = open<Buffer, Buffer>({
      path: folder,
      // Else a folder with a dot in its name is taken for a file.
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      // So that a commit's promise is resolved only when the commit is flushed, and rejected when that fails.
      overlappingSync: false,
      // The commit queue makes the commits.
      eventTurnBatching: false,
    });
    this.#pageSize = this.#stats().pageSize;
    this.#space = new DataSpace(this.#path, () => (this.#stats().lastPageNumber + 1) * this.#pageSize);
  }

  get(key: Buffer): Buffer | undefined {
    return this.#db.getBinary(key);
  }

  /** Keys from `start` up to, but without, `end`; all are read at once, so that no transaction stays open. */
  keys(start: Buffer, end: Buffer, limit?: number): Buffer[] {
    return [...this.#db.getKeys({ start, end, limit })];
  }

  /** Keys from `start` up to, but without, `end`, with copies of their values; all are read at once. */
  entries(start: Buffer, end: Buffer, limit?: number): [key: Buffer, value: Buffer][] {
    return [...this.#db.getRange({ start, end, limit })].map(({ key, value }) => [key, Buffer.from(value)]);
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
   * Writes all, or nothing; resolves when it is flushed. The buffers must not change until then. When the disk is
   * full, only a write that does not grow what is held may use the reserve.
   * Rejects with `STORAGE_FULL` or `STORAGE_FAILED`.
   */
  async write(writes: readonly Write[], grows: boolean): Promise<void> {
    this.endRead();
    const demand: SpaceDemand = { bytes: this.#demand(writes), grows };
    this.#space.claim(demand);
    await this.#commit(writes);
    this.#space.done(demand);
    this.endRead();
  }

  /** Bytes of the longest value that takes one page. */
  get pageRoom(): number {
    return this.#pageSize - PAGE_HEADER;
  }

  /** Of the file, in bytes: with what is free in it. */
  get size(): number {
    return this.#space.size;
  }

  /** The disk is full: what is removed should be so at once. */
  get isShort(): boolean {
    return this.#space.isShort;
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

  async #commit(writes: readonly Write[]): Promise<void> {
    try {
      await this.#db.batch(() => {
        for (const { key, value } of writes) {
          if (value === undefined) void this.#db.remove(key);
          else void this.#db.put(key, value);
        }
      });
    } catch (error) {
      throw await failure(error);
    }
  }

  /**
   * Large values have pages of their own; small ones change the pages on the way to their leaf. A removal changes its
   * leaf. One that comes next to another takes no page more: a leaf that it empties is free at once, for the next one.
   */
  #demand(writes: readonly Write[]): number {
    let pages = FIXED_PAGES;
    let removals = 0;
    for (const { value, isNext } of writes) {
      if (value !== undefined) pages += PAGES_PER_PUT + Math.ceil(value.length / this.#pageSize);
      else if (isNext !== true) removals++;
    }
    return (pages + removals + Math.ceil(removals / FANOUT)) * this.#pageSize;
  }

  #stats(): { lastPageNumber: number; pageSize: number } {
    return this.#db.getStats() as { lastPageNumber: number; pageSize: number };
  }
}

/** The reason for a failed commit comes with a promise of its own. */
async function failure(error: unknown): Promise<PochtaError> {
  const { commitError } = error as { commitError?: Promise<never> };
  const cause = await Promise.resolve(commitError).catch((reason: unknown) => reason);
  const { code, message } = (cause ?? error) as { code?: number; message: string };
  const full = code === ENOSPC || code === EFBIG || code === EDQUOT;
  const text = full ? 'No space left for messages' : 'The storage engine failed';
  return errorFor(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', `${text}: ${message}`, { cause });
}

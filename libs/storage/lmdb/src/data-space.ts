import { errorFor } from '@pochta/protocol';
import { closeSync, fstatSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';

const MIB = 1024 * 1024;
/** Kept behind the last page for what removes messages: it changes some pages before it frees others. */
const RESERVE = 2 * MIB;
/** The file grows by at least so much. */
const STEP = 4 * MIB;
/** Pages that a removal frees can be used two commits later. */
const ATTEMPTS = 3;
const ZEROS = Buffer.alloc(MIB);

/** What one write may take. */
export interface SpaceDemand {
  /** Upper bound of the bytes that new pages take. */
  readonly bytes: number;
  /** It adds messages, so that it must leave the reserve alone. */
  readonly grows: boolean;
}

/**
 * The room between LMDB's last page and the end of its file. It is written with zeros before LMDB needs it, so that
 * a full disk is met here and not in the middle of a commit: LMDB's handling of a failed write damages its memory
 * when it happens again and again. A write that finds no room may still have the pages that removals have freed.
 */
export class DataSpace {
  readonly #path: string;
  readonly #readEnd: () => number;
  /** Where LMDB's last page ends at most. */
  #end: number;
  #size: number;
  /** Where it ended when that was last read. */
  #lastEnd: number;
  /** How often writes that add messages may still find no free pages, since messages were last removed. */
  #attempts = ATTEMPTS;

  /** `readEnd`: where LMDB's last page ends. */
  constructor(path: string, readEnd: () => number) {
    this.#path = path;
    this.#readEnd = readEnd;
    this.#end = this.#lastEnd = readEnd();
    this.#size = statSync(path).size;
    // A file that was cut off would end the process when its pages are read; zeros are a proper error instead.
    if (this.#size < this.#end) this.#extend(this.#end);
  }

  /** Makes room. Throws `STORAGE_FULL`. */
  claim({ bytes, grows }: SpaceDemand): void {
    if (this.#room() < bytes + RESERVE) this.#end = this.#readEnd();
    if (this.#room() < bytes + RESERVE) this.#extend(this.#end + bytes + RESERVE + STEP);
    const enough = grows && this.#attempts === 0 ? bytes + RESERVE : bytes;
    if (this.#room() < enough) throw errorFor('STORAGE_FULL', `No space left for messages in ${this.#path}`);
    this.#end += bytes;
  }

  /** A write that had made room is done. */
  done({ grows }: SpaceDemand): void {
    if (!grows) this.#attempts = ATTEMPTS;
    else if (this.#room() < RESERVE) {
      const end = this.#readEnd();
      if (end > this.#lastEnd && this.#attempts > 0) this.#attempts--;
      this.#lastEnd = end;
    }
  }

  /** Of the file, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** The file could not be made as long as it should be: the disk is full. */
  get isShort(): boolean {
    return this.#room() < RESERVE;
  }

  #room(): number {
    return this.#size - this.#end;
  }

  /** Appends, which the system never does over bytes that are there: LMDB may be writing at the same time. */
  #extend(size: number): void {
    const file = openSync(this.#path, 'a');
    try {
      for (;;) {
        this.#size = fstatSync(file).size;
        if (this.#size >= size) break;
        writeSync(file, ZEROS, 0, Math.min(ZEROS.length, size - this.#size));
      }
    } catch {
      // The disk is full: what could be had has been had.
    } finally {
      closeSync(file);
    }
  }
}

/** What a new data file and its lock file need at least. */
const NEW_FILES = 256 * 1024;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Whether new files do not fit where `path` is; finds out by trying with a file that is removed again. */
export function isOutOfSpace(path: string): boolean {
  const probe = `${path}.probe`;
  try {
    writeFileSync(probe, ZEROS.subarray(0, NEW_FILES));
    return false;
  } catch (error) {
    return FULL.has((error as NodeJS.ErrnoException).code ?? '');
  } finally {
    rmSync(probe, { force: true });
  }
}

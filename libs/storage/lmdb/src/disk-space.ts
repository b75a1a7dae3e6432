import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';

/** Errors that mean that there is no room: disk, quota, file size. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const MIN_PROBE = 64 * 1024;
const MAX_PROBE = 8 * 1024 * 1024;

/**
 * Whether a file, which need not exist yet, cannot grow by about `bytes`. LMDB reports a write that was cut short as a plain I/O error, so this
 * finds out by trying with another file, which is removed again.
 */
export function isOutOfSpace(path: string, bytes: number): boolean {
  const probe = `${path}.probe`;
  let file: number | undefined;
  try {
    file = openSync(probe, 'w');
    const block = Buffer.alloc(Math.min(MAX_PROBE, Math.max(MIN_PROBE, bytes * 2)));
    // Behind where the file itself ends, so that a limit on the size of files is met as well.
    const offset = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    for (let written = 0; written < block.length;) {
      written += writeSync(file, block, written, block.length - written, offset + written);
    }
    return false;
  } catch (error) {
    return FULL.has((error as NodeJS.ErrnoException).code ?? '');
  } finally {
    if (file !== undefined) {
      closeSync(file);
      unlinkSync(probe);
    }
  }
}

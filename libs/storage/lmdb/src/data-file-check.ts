import { closeSync, openSync, readSync } from 'node:fs';

/** Where the first page says what it is: LMDB's magic number and the version of its format, little-endian. */
const MAGIC_AT = 24;
const MAGIC = 0xbeefc0de;

/**
 * Throws when a file cannot be a data file. LMDB finds that out as well, but its binding for Node ends the process
 * when it cleans up after such a file.
 */
export function checkDataFile(path: string): void {
  const head = readHead(path);
  if (head === undefined || head.length === 0) return;
  if (head.length < MAGIC_AT + 8 || head.readUInt32LE(MAGIC_AT) !== MAGIC)
    throw new Error(`${path} is not a data file`);
}

function readHead(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const head = Buffer.alloc(64);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

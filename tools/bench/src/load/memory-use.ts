import { readFileSync } from 'node:fs';

/** What a process holds in memory, in bytes. */
export interface MemoryUse {
  /** The resident set. */
  readonly rss: number;
  /**
   * The part of it that is the process's own: the rest are pages of files, above all of LMDB's, which the system maps
   * in as they are read and takes back when it needs the memory.
   */
  readonly own: number;
}

/** `undefined` where `/proc` does not say. */
export function memoryUse(pid: number): MemoryUse | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const bytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) * 1024;
    return { rss: bytes('VmRSS'), own: bytes('RssAnon') + bytes('RssShmem') };
  } catch {
    return undefined;
  }
}

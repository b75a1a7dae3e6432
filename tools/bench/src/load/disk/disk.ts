import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { percentilesOf, type Percentiles } from '../latency/percentiles';
import { microseconds } from '../latency/due-time';
import { sleepUntil, wakeInTime } from '../latency/schedule';

/** What the disk does without a broker: the reference of all that is kept there. */
export interface DiskPlan {
  /**
   * Sequential: blocks one behind the other. Paced: blocks over those of a file that is as long as it will be, and rests
   * between two flushes, as a broker's writer has that is asked for so many a second.
   */
  readonly kind: 'sequential' | 'paced';
  readonly folder: string;
  readonly blockBytes: number;
  readonly ms: number;
  /** Most flushes a second when they are paced. */
  readonly perSecond?: number;
}

export interface DiskReport {
  /** Of the blocks: from the write until it was flushed. */
  readonly percentiles: Percentiles;
  readonly bytesPerSecond: number;
}

/** Blocks of the file that is written over and over. */
const FILE_BLOCKS = 256;

/** The disk's process: gets one plan, and answers with its report. */
export async function runDisk(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [DiskPlan];
  process.send!(measureDisk(plan));
}

/** Each block is flushed before the next is written. */
export function measureDisk({ kind, folder, blockBytes, ms, perSecond = Infinity }: DiskPlan): DiskReport {
  const file = openSync(join(folder, 'blocks'), 'w');
  // Not zeros, which some disks do not store.
  const block = Buffer.from(Uint8Array.from({ length: blockBytes }, (_, index) => index % 251));
  try {
    if (kind === 'paced') fill(file, block);
    return measure(file, block, ms, kind === 'paced' ? 1e6 / perSecond : undefined);
  } finally {
    closeSync(file);
  }
}

function fill(file: number, block: Buffer): void {
  for (let index = 0; index < FILE_BLOCKS; index++) writeSync(file, block);
  fdatasyncSync(file);
}

function measure(file: number, block: Buffer, ms: number, pace: number | undefined): DiskReport {
  wakeInTime();
  const times: number[] = [];
  const started = microseconds();
  let now = started;
  for (
    let next = started;
    now - started < ms * 1e3 || times.length === 0;
    next = Math.max(now, next + (pace ?? 0))
  ) {
    if (pace !== undefined) sleepUntil(next);
    const before = microseconds();
    const position = pace === undefined ? null : (times.length % FILE_BLOCKS) * block.length;
    writeSync(file, block, 0, block.length, position);
    fdatasyncSync(file);
    now = microseconds();
    times.push((now - before) / 1e3);
  }
  const bytesPerSecond = (times.length * block.length) / ((now - started) / 1e6);
  return { percentiles: percentilesOf(Float64Array.from(times)), bytesPerSecond };
}

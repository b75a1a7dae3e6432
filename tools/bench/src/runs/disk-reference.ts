import { removeFolder, temporaryFolder } from '../contenders/leftovers';
import type { DiskPlan, DiskReport } from '../load/disk/disk';
import { askRole } from './role';

/** Bytes a second that the disk takes from one writer, who flushes each block before it writes the next. */
export interface DiskPace {
  readonly mebibytes: number;
  /** In blocks of 64 KiB. */
  readonly smallBlocks: number;
}

const MS = 1000;

/** Where the brokers' data are, too. */
export async function measureDiskPace(): Promise<DiskPace> {
  const folder = await temporaryFolder();
  const pace = async (blockBytes: number) => {
    const plan: DiskPlan = { kind: 'sequential', folder, blockBytes, ms: MS };
    return (await askRole<DiskReport>('disk', plan)).bytesPerSecond;
  };
  try {
    return { mebibytes: await pace(1024 * 1024), smallBlocks: await pace(64 * 1024) };
  } finally {
    await removeFolder(folder);
  }
}

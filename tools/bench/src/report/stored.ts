import { spreadOf, type Spread } from './statistics';
import { count, ratio } from './table';

/** What one run put on the disk, in bytes a second, and what the disk takes from one writer in the same round. */
export interface StoredRun {
  /** Of payloads alone, each counted once. */
  readonly payloads: number;
  readonly disk: { readonly mebibytes: number; readonly smallBlocks: number };
}

export interface Stored {
  readonly payloads: Spread;
  readonly mebibytes: Spread;
  readonly smallBlocks: Spread;
  /** Payloads, of each of these in the same round. */
  readonly ofMebibytes: Spread;
  readonly ofSmallBlocks: Spread;
}

/** `undefined` where nothing was stored. */
export function storedOf(runs: readonly (StoredRun | undefined)[]): Stored | undefined {
  const known = runs.filter((run) => run !== undefined);
  if (known.length === 0) return undefined;
  return {
    payloads: spreadOf(known.map(({ payloads }) => payloads)),
    mebibytes: spreadOf(known.map(({ disk }) => disk.mebibytes)),
    smallBlocks: spreadOf(known.map(({ disk }) => disk.smallBlocks)),
    ofMebibytes: spreadOf(known.map(({ payloads, disk }) => payloads / disk.mebibytes)),
    ofSmallBlocks: spreadOf(known.map(({ payloads, disk }) => payloads / disk.smallBlocks)),
  };
}

interface StoringRow {
  readonly case: string;
  readonly contender: string;
  readonly stored?: Stored;
}

/** A line for each row that stored something. */
export function storedNotes(rows: readonly StoringRow[]): string[] {
  return rows.flatMap(({ case: name, contender, stored }) => {
    if (stored === undefined) return [];
    const { payloads, mebibytes, smallBlocks, ofMebibytes, ofSmallBlocks } = stored;
    return [
      `${name}, ${contender}: stores ${megabytes(payloads)} of payloads, ` +
        `${ratio(ofMebibytes.median)} of what the disk takes in flushed blocks of 1 MiB (${megabytes(mebibytes)}), ` +
        `${ratio(ofSmallBlocks.median)} of that in blocks of 64 KiB (${megabytes(smallBlocks)})`,
    ];
  });
}

const megabytes = ({ median }: Spread) => `${count(median / 1e6)} MB/s`;

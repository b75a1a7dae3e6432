import { endianness } from 'node:os';

const LITTLE_ENDIAN = endianness() === 'LE';
/** Below this, a loop is quicker than a view. */
const FEW = 8;

/**
 * Where messages end, as a column of `u32`: 4 bytes a message, but it is written and read in one move, and is what a batch
 * keeps. Writes `ends[from, to)`, less `base`, at `bytes[at]`.
 */
export function writeEnds(
  bytes: Buffer,
  at: number,
  ends: Uint32Array,
  from: number,
  to: number,
  base: number,
): void {
  if (base === 0 && LITTLE_ENDIAN && to - from >= FEW) {
    bytes.set(new Uint8Array(ends.buffer, ends.byteOffset + 4 * from, 4 * (to - from)), at);
    return;
  }
  for (let index = from, place = at; index < to; index++)
    place = bytes.writeUInt32LE(ends[index] - base, place);
}

/** Numbers that are made at once: a buffer for each frame costs more than what lies in it. */
const POOLED = 4096;
/** Up to so many numbers a typed array has no buffer of its own; above these, it is worth having one. */
const FEWEST = 16;
const MOST = POOLED / 4;

let pool = new Uint32Array(POOLED);
let used = 0;

function newEnds(count: number): Uint32Array {
  if (count <= FEWEST || count > MOST) return new Uint32Array(count);
  if (used + count > POOLED) {
    pool = new Uint32Array(POOLED);
    used = 0;
  }
  return pool.subarray(used, (used += count));
}

/** `undefined` when they do not ascend. There must be that many in the bytes. */
export function readEnds(bytes: Buffer, at: number, count: number): Uint32Array | undefined {
  const ends = newEnds(count);
  if (LITTLE_ENDIAN && count >= FEW)
    new Uint8Array(ends.buffer, ends.byteOffset, 4 * count).set(bytes.subarray(at, at + 4 * count));
  else for (let index = 0; index < count; index++) ends[index] = bytes.readUInt32LE(at + 4 * index);
  let last = 0;
  for (let index = 0; index < count; index++) {
    const end = ends[index];
    if (end < last) return undefined;
    last = end;
  }
  return ends;
}

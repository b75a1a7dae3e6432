import { MarkCounts } from './mark-counts';
import { numberIn, numbersKey, type RecordSpace } from './record-space';

/** Sequences that one record is for. */
const CHUNK = 1024;
/** Chunks kept in memory; others are read again when they are needed. */
const CACHED = 64;
/** Chunks read at once to count their marks. */
const PAGE = 256;
const NONE = new Uint8Array(CHUNK);
/** Stays empty: most topics have no marks, and need no map of their own. */
const NO_CHUNKS = new Map<number, Uint8Array>();

/**
 * A byte for each sequence, 0 for most of them: kept in records of 1,024 sequences, of which only those with marks
 * exist, and few are in memory.
 */
export class SequenceMarks {
  readonly #records: RecordSpace;
  /** Before the chunk's number in its key. */
  readonly #prefix: readonly number[];
  /** By chunk, in the order they were read or written. */
  #committed = NO_CHUNKS;
  #staged = NO_CHUNKS;
  /** As committed; once somebody has asked. */
  #counts: MarkCounts | undefined;
  /** Marks of earlier chunks are forgotten. */
  #floor = 0;

  constructor(records: RecordSpace, prefix: readonly number[] = []) {
    this.#records = records;
    this.#prefix = prefix;
  }

  /** As staged. */
  get(sequence: number): number {
    return this.#chunk(Math.floor(sequence / CHUNK))[sequence % CHUNK];
  }

  /** As committed. */
  committed(sequence: number): number {
    return this.#committedChunk(Math.floor(sequence / CHUNK))[sequence % CHUNK];
  }

  set(sequence: number, mark: number): void {
    const number = Math.floor(sequence / CHUNK);
    if (this.#staged === NO_CHUNKS) this.#staged = new Map();
    let chunk = this.#staged.get(number);
    if (chunk === undefined)
      this.#staged.set(number, (chunk = Uint8Array.from(this.#committedChunk(number))));
    chunk[sequence % CHUNK] = mark;
  }

  /** The first sequence from `from` up to, but without, `to` that has no mark, or else `to`; as staged. */
  firstWithout(from: number, to: number): number {
    return this.#find(from, to, true, (number) => this.#chunk(number));
  }

  /** The first sequence from `from` up to, but without, `to` that has a mark, or else `to`; as staged. */
  firstWith(from: number, to: number): number {
    return this.#find(from, to, false, (number) => this.#chunk(number));
  }

  /** `firstWithout`, as committed. */
  firstCommittedWithout(from: number, to: number): number {
    return this.#find(from, to, true, (number) => this.#committedChunk(number));
  }

  /** `firstWith`, as committed. */
  firstCommittedWith(from: number, to: number): number {
    return this.#find(from, to, false, (number) => this.#committedChunk(number));
  }

  /** How many marks there are from a sequence on; as staged. */
  countFrom(sequence: number): number {
    const number = Math.floor(sequence / CHUNK);
    const counts = (this.#counts ??= this.#count());
    let count = counts.from(number + 1);
    for (const [staged, chunk] of this.#staged) {
      if (staged > number) count += marksIn(chunk, 0) - counts.get(staged);
    }
    return count + marksIn(this.#chunk(number), sequence % CHUNK);
  }

  /** `countFrom`, as committed. */
  committedCountFrom(sequence: number): number {
    const number = Math.floor(sequence / CHUNK);
    const counts = (this.#counts ??= this.#count());
    return counts.from(number + 1) + marksIn(this.#committedChunk(number), sequence % CHUNK);
  }

  /** Nobody asks for sequences below this one any more. */
  forgetBelow(sequence: number): void {
    const floor = Math.floor(sequence / CHUNK);
    if (floor <= this.#floor) return;
    for (const [key] of this.#records.list(this.#key(this.#floor), this.#key(floor))) {
      this.#records.delete(key);
      this.#counts?.set(numberIn(key, this.#prefix.length), 0);
    }
    for (const number of this.#staged.keys()) {
      if (number >= floor) continue;
      this.#staged.delete(number);
      this.#records.delete(this.#key(number));
    }
    this.#floor = floor;
  }

  /** Gives what was staged to the records; call it before theirs. */
  seal(): void {
    for (const [number, chunk] of this.#staged) {
      const value = encodeRuns(chunk);
      if (value === undefined) this.#records.delete(this.#key(number));
      else this.#records.put(this.#key(number), value);
    }
  }

  advance(): void {
    for (const [number, chunk] of this.#staged) {
      this.#keep(number, chunk);
      this.#counts?.set(number, marksIn(chunk, 0));
    }
    this.#staged.clear();
  }

  rollback(): void {
    this.#staged.clear();
    this.#floor = 0;
  }

  #find(from: number, to: number, without: boolean, chunkOf: (number: number) => Uint8Array): number {
    let sequence = from;
    while (sequence < to) {
      const number = Math.floor(sequence / CHUNK);
      const chunk = chunkOf(number);
      const end = Math.min(to, (number + 1) * CHUNK);
      if (chunk === NONE) {
        if (without) return sequence;
        sequence = end;
        continue;
      }
      for (; sequence < end; sequence++) {
        if ((chunk[sequence % CHUNK] === 0) === without) return sequence;
      }
    }
    return to;
  }

  #count(): MarkCounts {
    const counts = new MarkCounts();
    const end = this.#key(Number.MAX_SAFE_INTEGER);
    for (let from = 0, full = true; full;) {
      const page = this.#records.listCommitted(this.#key(from), end, PAGE);
      full = page.length === PAGE;
      for (const [key, value] of page) {
        const number = numberIn(key, this.#prefix.length);
        counts.set(number, marksIn(decodeRuns(value), 0));
        from = number + 1;
      }
    }
    return counts;
  }

  #chunk(number: number): Uint8Array {
    return this.#staged.get(number) ?? this.#committedChunk(number);
  }

  #committedChunk(number: number): Uint8Array {
    const cached = this.#committed.get(number);
    if (cached !== undefined) return cached;
    const value = this.#records.committed(this.#key(number));
    const chunk = value === undefined ? NONE : decodeRuns(value);
    this.#keep(number, chunk);
    return chunk;
  }

  #keep(number: number, chunk: Uint8Array): void {
    if (this.#committed === NO_CHUNKS) this.#committed = new Map();
    this.#committed.delete(number);
    this.#committed.set(number, chunk);
    if (this.#committed.size <= CACHED) return;
    const oldest = this.#committed.keys().next().value!;
    this.#committed.delete(oldest);
  }

  #key(number: number): Buffer {
    return numbersKey(...this.#prefix, number);
  }
}

function marksIn(chunk: Uint8Array, from: number): number {
  let count = 0;
  for (let at = from; at < CHUNK; at++) if (chunk[at] !== 0) count++;
  return count;
}

/** Runs of a byte: the byte, then its count less one in two bytes; `undefined` when all are 0. */
function encodeRuns(chunk: Uint8Array): Buffer | undefined {
  const runs: number[] = [];
  for (let at = 0; at < CHUNK;) {
    const start = at;
    while (at < CHUNK && chunk[at] === chunk[start]) at++;
    const length = at - start - 1;
    runs.push(chunk[start], length & 0xff, length >>> 8);
  }
  return runs.length === 3 && runs[0] === 0 ? undefined : Buffer.from(runs);
}

function decodeRuns(value: Buffer): Uint8Array {
  const chunk = new Uint8Array(CHUNK);
  let at = 0;
  for (let run = 0; run + 3 <= value.length; run += 3) {
    const end = at + value.readUInt16LE(run + 1) + 1;
    chunk.fill(value[run], at, end);
    at = end;
  }
  return chunk;
}

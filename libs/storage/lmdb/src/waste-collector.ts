import type { DataFile, Write } from './data-file';
import { KIND, numberKey, recordKey, topicKey, topicOf } from './data-keys';

/** What is waste of a topic: its batches through a sequence, and its records of generations below this one. */
export interface Waste {
  readonly through: number;
  readonly generation: number;
}

/** All that there is of a topic. */
export const ALL: Waste = { through: Number.MAX_SAFE_INTEGER, generation: 2 ** 32 };

const MAX_GENERATION = 2 ** 32 - 1;
/** Keys that one transaction removes. */
const SLICE = 256;

/**
 * Removes what purges and deletions leave behind, in small transactions between the commits, so that neither waits
 * for however many batches there were. What is still to be removed is noted in the data file, for the next start.
 */
export class WasteCollector {
  readonly #file: DataFile;
  /** By topic key. */
  readonly #waste = new Map<number, Waste>();
  /** Topics whose note a commit is writing. */
  readonly #expected = new Set<number>();
  /** Waste of such topics that is removed, but for the note. */
  readonly #postponed = new Map<number, Waste>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(file: DataFile) {
    this.#file = file;
    for (const key of file.keys(topicKey(KIND.waste, 0), Buffer.of(KIND.waste + 1))) {
      this.#waste.set(topicOf(key), decodeWaste(file.get(key)!));
    }
  }

  /** Resolves when what is waste now is removed, or cannot be; `undefined` when there is none. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  topics(): Iterable<number> {
    return this.#waste.keys();
  }

  /** Up to this sequence, the topic's batches are waste. */
  through(topic: number): number {
    return this.#waste.get(topic)?.through ?? 0;
  }

  /** The note in the data file, for the commit that makes the waste. */
  note(topic: number, waste: Waste): Write {
    return { key: topicKey(KIND.waste, topic), value: encodeWaste(waste) };
  }

  /** A commit that makes waste is being written: until `commitEnded`, the topic's note is that commit's. */
  expect(topic: number): void {
    this.#expected.add(topic);
  }

  /** The commit is done; without `waste`, it failed, and what was waste before still is. */
  commitEnded(topic: number, waste = this.#postponed.get(topic)): void {
    this.#expected.delete(topic);
    this.#postponed.delete(topic);
    if (waste !== undefined) this.#waste.set(topic, waste);
    this.collect();
  }

  collect(): void {
    if (this.#waste.size > 0) this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for (let waste = this.#next(); waste && !this.#stopped; waste = this.#next())
        await this.#remove(...waste);
    } catch {
      // The disk is full or broken: commits say so. The next waste, or the next start, tries again.
    }
  }

  #next(): [topic: number, waste: Waste] | undefined {
    return this.#waste.entries().next().value;
  }

  async #remove(topic: number, waste: Waste): Promise<void> {
    const keys = this.#find(topic, waste);
    this.#file.endRead();
    const all = keys.length < SLICE;
    if (all) this.#waste.delete(topic);
    if (all && this.#expected.has(topic)) this.#postponed.set(topic, waste);
    else if (all) keys.push(topicKey(KIND.waste, topic));
    try {
      await this.#file.write(
        keys.map((key, index) => ({ key, isNext: key[0] === keys[index - 1]?.[0] })),
        false,
      );
    } catch (error) {
      if (all && !this.#waste.has(topic)) this.#waste.set(topic, waste);
      throw error;
    }
  }

  /** Keys that are waste: as many as one transaction removes, or fewer when those are all. */
  #find(topic: number, { through, generation }: Waste): Buffer[] {
    const keys = this.#file.keys(
      topicKey(KIND.batch, topic),
      numberKey(KIND.batch, topic, through + 1),
      SLICE,
    );
    const records =
      generation > MAX_GENERATION ? topicKey(KIND.record, topic + 1) : recordsFrom(topic, generation);
    this.#add(keys, topicKey(KIND.record, topic), records);
    if (through === ALL.through) this.#add(keys, topicKey(KIND.ids, topic), topicKey(KIND.ids, topic + 1));
    return keys;
  }

  #add(keys: Buffer[], start: Buffer, end: Buffer): void {
    if (keys.length < SLICE) keys.push(...this.#file.keys(start, end, SLICE - keys.length));
  }
}

function recordsFrom(topic: number, generation: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(generation);
  return recordKey(topic, key);
}

/** Two doubles (through, generation), little-endian; of the first format, only one. */
function encodeWaste({ through, generation }: Waste): Buffer {
  const value = Buffer.allocUnsafe(16);
  value.writeDoubleLE(generation, value.writeDoubleLE(through, 0));
  return value;
}

function decodeWaste(value: Buffer): Waste {
  return { through: value.readDoubleLE(0), generation: value.length < 16 ? 0 : value.readDoubleLE(8) };
}

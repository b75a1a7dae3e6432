import type { DataFile, Write } from './data-file';
import { KIND, numberKey, topicKey, topicOf } from './data-keys';

/** Keys that one transaction removes. */
const SLICE = 256;

/**
 * Removes what purges and deletions leave behind, in small transactions between the groups, so that neither waits
 * for however many batches there were. What is still to be removed is noted in the data file, for the next start.
 */
export class WasteCollector {
  readonly #file: DataFile;
  /** Topic key to the sequence through which its batches are waste. */
  readonly #waste = new Map<number, number>();
  /** Topics whose note a group is writing. */
  readonly #expected = new Set<number>();
  /** Waste of such topics that is removed, but for the note. */
  readonly #postponed = new Map<number, number>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(file: DataFile) {
    this.#file = file;
    for (const key of file.keys(topicKey(KIND.waste, 0), Buffer.of(KIND.waste + 1))) {
      this.#waste.set(topicOf(key), file.get(key)!.readDoubleLE(0));
    }
  }

  /** Resolves when what is waste now is removed, or cannot be; `undefined` when there is none. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  topics(): Iterable<number> {
    return this.#waste.keys();
  }

  /** The note in the data file, for the group that makes the waste. */
  note(topic: number, through: number): Write {
    const value = Buffer.allocUnsafe(8);
    value.writeDoubleLE(through);
    return { key: topicKey(KIND.waste, topic), value };
  }

  /** A group that makes waste is being written: until `settle`, the topic's note is that group's. */
  expect(topic: number): void {
    this.#expected.add(topic);
  }

  /** The group is done; without `through`, it failed, and what was waste before still is. */
  settle(topic: number, through = this.#postponed.get(topic)): void {
    this.#expected.delete(topic);
    this.#postponed.delete(topic);
    if (through !== undefined) this.#waste.set(topic, through);
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
      // The disk is full or broken: groups say so. The next waste, or the next start, tries again.
    }
  }

  #next(): [topic: number, through: number] | undefined {
    return this.#waste.entries().next().value;
  }

  async #remove(topic: number, through: number): Promise<void> {
    const end = numberKey(KIND.batch, topic, through + 1);
    const keys = this.#file.keys(topicKey(KIND.batch, topic), end, SLICE);
    if (keys.length < SLICE && through === Number.MAX_SAFE_INTEGER) {
      keys.push(
        ...this.#file.keys(topicKey(KIND.ids, topic), topicKey(KIND.ids, topic + 1), SLICE - keys.length),
      );
    }
    this.#file.endRead();
    const all = keys.length < SLICE;
    if (all) this.#waste.delete(topic);
    if (all && this.#expected.has(topic)) this.#postponed.set(topic, through);
    else if (all) keys.push(topicKey(KIND.waste, topic));
    try {
      await this.#file.write(
        keys.map((key) => ({ key })),
        false,
      );
    } catch (error) {
      if (all && !this.#waste.has(topic)) this.#waste.set(topic, through);
      throw error;
    }
  }
}

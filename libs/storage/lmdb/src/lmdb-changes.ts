import { PochtaError, type StoredBatch } from '@pochta/protocol';
import type { HighWaterMark } from '@pochta/storage-contract';
import type { MediumChanges, NewIdRecord, TopicRecord, TopicState } from '@pochta/storage-embedded';
import { encodeBatch } from './batch-value';
import type { DataFile, Write } from './data-file';
import { KIND, nameKey, numberKey, recordKey, topicKey } from './data-keys';
import { encodeDefinition, encodeIdRecord, encodeState } from './topic-values';
import { ALL, type Waste, type WasteCollector } from './waste-collector';

/** Collects the changes of a commit, and writes them in one transaction. */
export class LmdbChanges implements MediumChanges {
  readonly #file: DataFile;
  readonly #waste: WasteCollector;
  readonly #writes: Write[] = [];
  /** Topics, and what of them is waste after this commit. */
  readonly #wasted = new Map<number, Waste>();
  /** The batch that was removed last, and the sequence behind it. */
  #removed: Write | undefined;
  #behind = 0;
  #grows = false;

  constructor(
    file: DataFile,
    waste: WasteCollector,
    readonly newKey: () => number,
  ) {
    this.#file = file;
    this.#waste = waste;
  }

  putTopic(record: TopicRecord, state: TopicState): void {
    this.#writes.push({ key: topicKey(KIND.topic, record.key), value: encodeDefinition(record) });
    this.#writes.push({ key: nameKey(KIND.mark, record.name) });
    this.putState(record, state);
  }

  dropTopic({ key, name }: TopicRecord, mark: HighWaterMark): void {
    this.#writes.push({ key: topicKey(KIND.topic, key) }, { key: topicKey(KIND.state, key) });
    this.#writes.push({ key: nameKey(KIND.mark, name), value: Buffer.from(JSON.stringify(mark)) });
    this.#discard(key, ALL);
  }

  putState({ key }: TopicRecord, state: TopicState): void {
    this.#writes.push({ key: topicKey(KIND.state, key), value: encodeState(state) });
  }

  append({ key }: TopicRecord, { firstSequence, timestamp, messages }: StoredBatch): void {
    this.#grows = true;
    const value = encodeBatch(messages, timestamp);
    this.#writes.push({ key: numberKey(KIND.batch, key, firstSequence), value });
  }

  remove({ key }: TopicRecord, firstSequence: number, count: number): void {
    const isNext =
      this.#removed !== undefined && this.#writes.at(-1) === this.#removed && firstSequence === this.#behind;
    this.#removed = { key: numberKey(KIND.batch, key, firstSequence), isNext };
    this.#behind = firstSequence + count;
    this.#writes.push(this.#removed);
  }

  clear({ key }: TopicRecord, through: number, generation: number): void {
    this.#discard(key, { through, generation });
  }

  putRecord({ key }: TopicRecord, name: Buffer, value: Buffer | undefined, grows: boolean): void {
    if (grows && value !== undefined) this.#grows = true;
    this.#writes.push({ key: recordKey(key, name), value });
  }

  putIds({ key }: TopicRecord, ids: NewIdRecord): void {
    this.#writes.push({ key: numberKey(KIND.ids, key, ids.start), value: encodeIdRecord(ids) });
  }

  /** They are removed oldest first, one after the other. */
  removeIds({ key }: TopicRecord, start: number): void {
    const removed = numberKey(KIND.ids, key, start);
    const before = this.#writes.at(-1);
    const isNext = before?.value === undefined && before?.key.compare(removed, 0, 5, 0, 5) === 0;
    this.#writes.push({ key: removed, isNext });
  }

  commit(): Promise<void> | void {
    if (this.#writes.length > 0) return this.#commit();
  }

  #discard(topic: number, waste: Waste): void {
    this.#wasted.set(topic, waste);
    this.#writes.push(this.#waste.note(topic, waste));
  }

  async #commit(): Promise<void> {
    for (const topic of this.#wasted.keys()) this.#waste.expect(topic);
    try {
      await this.#write();
    } catch (error) {
      for (const topic of this.#wasted.keys()) this.#waste.commitEnded(topic);
      throw error;
    }
    for (const [topic, waste] of this.#wasted) this.#waste.commitEnded(topic, waste);
  }

  /** What purges and deletions left may be just the space that is needed. */
  async #write(): Promise<void> {
    try {
      await this.#file.write(this.#writes, this.#grows);
    } catch (error) {
      const full = error instanceof PochtaError && error.code === 'STORAGE_FULL';
      if (!full || !this.#waste.running) throw error;
      await this.#waste.running;
      await this.#file.write(this.#writes, this.#grows);
    }
  }
}

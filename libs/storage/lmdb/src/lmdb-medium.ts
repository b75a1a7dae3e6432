import { errorFor, type MessageBatch, type StoredBatch } from '@pochta/protocol';
import type { HighWaterMark } from '@pochta/storage-contract';
import type {
  BatchOutline,
  HeldTopic,
  IdRecord,
  Medium,
  MediumChanges,
  TopicRecord,
} from '@pochta/storage-embedded';
import { BatchOutlines } from './batch-outlines';
import { partsOf } from './batch-parts';
import { decodeBatch } from './batch-value';
import type { DataFile } from './data-file';
import { DataFolder } from './data-folder';
import { KIND, numberKey, numberOf, recordKey, recordOf, topicKey, topicOf } from './data-keys';
import { findHeld, HeldRemovals } from './held-removals';
import { LmdbChanges } from './lmdb-changes';
import { LmdbLedger } from './lmdb-ledger';
import { decodeDefinition, decodeIdRecord, decodeState } from './topic-values';
import { RecentBatches } from './recent-batches';
import { Slab } from './slab';
import { WasteCollector } from './waste-collector';

/** A data file up to this size has no more free pages than LMDB can look through, whatever the values are that they fit. */
const SMALL_FILE = 64 * 1024 * 1024;
/** Topics that are read at once when the data folder is opened. */
const TOPICS_PER_PAGE = 256;

/** Keeps batches in the LMDB data file of a folder. */
export class LmdbMedium implements Medium {
  readonly durable = true;
  readonly ledger = new LmdbLedger(() => this.file);
  readonly #path: string;
  readonly #recent = new RecentBatches();
  readonly #outlines = new BatchOutlines();
  readonly #slab = new Slab();
  #folder: DataFolder | undefined;
  #waste: WasteCollector | undefined;
  #held: HeldRemovals | undefined;
  #lastKey = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get file(): DataFile {
    if (this.#folder === undefined) throw errorFor('ENGINE_UNAVAILABLE', 'The lmdb engine is not open');
    return this.#folder.file;
  }

  async open(): Promise<readonly HeldTopic[]> {
    this.#folder = await DataFolder.open(this.#path);
    try {
      this.#waste = new WasteCollector(this.file);
      this.#held = new HeldRemovals(this.file);
      const topics = await this.#readTopics();
      const keys = [...topics.map(({ record }) => record.key), ...this.#waste.topics()];
      this.#lastKey = keys.reduce((highest, key) => Math.max(highest, key), 0);
      this.#waste.collect();
      return topics;
    } catch (cause) {
      await this.#folder.close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      const text = `The data folder ${this.#path} cannot be used: its data is damaged (${reason})`;
      throw errorFor('DATA_DIR_UNUSABLE', text, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#waste?.stop();
    // On a full disk, the next start finds it.
    await this.#held?.remove().catch(() => undefined);
    await this.#folder?.close();
  }

  begin(): MediumChanges {
    // The commit before is done: commits come one at a time.
    this.#slab.clear();
    const memory = { slab: this.#slab, outlines: this.#outlines };
    return new LmdbChanges(memory, this.file, this.#waste!, this.#held!, () => ++this.#lastKey);
  }

  /**
   * Of a page each, in a large data file: pages that are freed then fit whatever comes next. Of longer values, more and
   * more runs of free pages are left that are too short, and LMDB looks through all of them.
   */
  parts(messages: MessageBatch): readonly MessageBatch[] {
    if (this.file.size <= SMALL_FILE) return [messages];
    return partsOf(messages, this.file.pageRoom);
  }

  read(topic: TopicRecord, sequence: number): StoredBatch | undefined {
    const recent = this.#recent.find(topic.key, sequence);
    if (recent !== undefined) return recent;
    const batch = this.#reading(topic, () => this.#find(topic, sequence));
    if (batch !== undefined) this.#recent.keep(topic.key, batch);
    return batch;
  }

  outline({ key }: TopicRecord, firstSequence: number): BatchOutline | undefined {
    return this.#outlines.find(key, firstSequence);
  }

  *readIds({ key }: TopicRecord): Iterable<IdRecord> {
    for (const found of this.file.keys(topicKey(KIND.ids, key), topicKey(KIND.ids, key + 1))) {
      const value = this.file.get(found);
      if (value !== undefined) yield decodeIdRecord(numberOf(found), value);
    }
    this.file.endRead();
  }

  record(topic: TopicRecord, key: Buffer): Buffer | undefined {
    return this.#reading(topic, () => this.file.get(recordKey(topic.key, key)));
  }

  records(topic: TopicRecord, from: Buffer, to: Buffer, limit?: number): [Buffer, Buffer][] {
    return this.#reading(topic, () => {
      const found = this.file.entries(recordKey(topic.key, from), recordKey(topic.key, to), limit);
      return found.map(([key, value]) => [recordOf(key), value]);
    });
  }

  highWaterMark(name: string): HighWaterMark | undefined {
    return this.ledger.highWaterMark(name);
  }

  #reading<T>(topic: TopicRecord, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw errorFor('STORAGE_FAILED', `Topic ${topic.name} cannot be read`, { cause });
    } finally {
      this.file.endRead();
    }
  }

  /** A page at a time, so that others have their turn. */
  async #readTopics(): Promise<HeldTopic[]> {
    const topics: HeldTopic[] = [];
    for (let from = 0; ;) {
      const page = this.file.entries(topicKey(KIND.topic, from), Buffer.of(KIND.topic + 1), TOPICS_PER_PAGE);
      if (page.length > 0) {
        const end = topicOf(page.at(-1)![0]) + 1;
        const states = this.file.entries(topicKey(KIND.state, from), topicKey(KIND.state, end));
        const values = new Map(states.map(([key, value]) => [topicOf(key), value]));
        for (const [key, value] of page) {
          const topic = topicOf(key);
          const state = decodeState(values.get(topic)!);
          topics.push({ record: decodeDefinition(topic, value), state });
          this.#held!.hold(findHeld(this.file, topic, this.#waste!.through(topic), state));
        }
        from = end;
      }
      this.file.endRead();
      if (page.length < TOPICS_PER_PAGE) return topics;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #find(topic: TopicRecord, sequence: number): StoredBatch | undefined {
    const exact = numberKey(KIND.batch, topic.key, sequence);
    let firstSequence = sequence;
    let value = this.file.get(exact);
    if (value === undefined) {
      const before = this.file.keyBefore(exact, numberKey(KIND.batch, topic.key, 0));
      if (before === undefined) return undefined;
      firstSequence = numberOf(before);
      value = this.file.get(before);
    }
    const batch = value && decodeBatch(value);
    if (batch === undefined) throw new Error(`the batch at sequence ${firstSequence} is damaged`);
    if (sequence >= firstSequence + batch.messages.count) return undefined;
    return { topic: topic.name, firstSequence, ...batch };
  }
}

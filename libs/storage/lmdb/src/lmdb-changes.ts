import { PochtaError, type StoredBatch } from '@pochta/protocol';
import type { HighWaterMark } from '@pochta/storage-contract';
import type { MediumChanges, NewIdRecord, TopicRecord, TopicState } from '@pochta/storage-embedded';
import type { BatchOutlines } from './batch-outlines';
import { encodeBatch } from './batch-value';
import type { DataFile, Write } from './data-file';
import { KIND, nameKey, numberKey, recordKey, topicKey } from './data-keys';
import { removals, type HeldRemovals, type Removed } from './held-removals';
import type { Slab } from './slab';
import { encodeDefinition, encodeIdRecord, encodeState } from './topic-values';
import { ALL, type Waste, type WasteCollector } from './waste-collector';

/** A topic that holds fewer messages costs little to read, and there may be very many of those. */
const MANY = 1000;

/** What one commit after the other uses. */
export interface CommitMemory {
  readonly slab: Slab;
  readonly outlines: BatchOutlines;
}

/** Collects the changes of a commit, and writes them in one transaction. */
export class LmdbChanges implements MediumChanges {
  readonly #file: DataFile;
  readonly #waste: WasteCollector;
  readonly #held: HeldRemovals;
  readonly #writes: Write[] = [];
  /** Topics, and what of them is waste after this commit. */
  readonly #wasted = new Map<number, Waste>();
  /** Where topics begin after this commit. */
  readonly #firstSequences = new Map<number, number>();
  /** Topics that push out their oldest, sooner or later. */
  readonly #pushingOut = new Set<number>();
  readonly #appended: [topic: number, batch: StoredBatch][] = [];
  readonly #removed: Removed[] = [];
  readonly #memory: CommitMemory;
  #grows = false;

  constructor(
    memory: CommitMemory,
    file: DataFile,
    waste: WasteCollector,
    held: HeldRemovals,
    readonly newKey: () => number,
  ) {
    this.#memory = memory;
    this.#file = file;
    this.#waste = waste;
    this.#held = held;
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

  putState({ key, policy }: TopicRecord, state: TopicState): void {
    if (policy.overflow === 'drop-oldest' && state.messages >= MANY) this.#pushingOut.add(key);
    this.#firstSequences.set(key, state.firstSequence);
    this.#writes.push({ key: topicKey(KIND.state, key), value: encodeState(state) });
  }

  append({ key }: TopicRecord, batch: StoredBatch): void {
    const { firstSequence, timestamp, messages } = batch;
    this.#grows = true;
    this.#appended.push([key, batch]);
    const value = encodeBatch(messages, timestamp, (bytes) => this.#memory.slab.take(bytes));
    this.#writes.push({ key: numberKey(KIND.batch, key, firstSequence), value });
  }

  remove({ key: topic }: TopicRecord, firstSequence: number, count: number, bytes: number): void {
    this.#removed.push({ topic, from: firstSequence, to: firstSequence + count, bytes });
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
    this.#outline();
    for (const [topic, waste] of this.#wasted) {
      this.#held.forget(topic, waste.through);
      this.#waste.commitEnded(topic, waste);
    }
  }

  #outline(): void {
    const { outlines } = this.#memory;
    for (const [topic, batch] of this.#appended) if (this.#pushingOut.has(topic)) outlines.add(topic, batch);
    for (const { topic, from } of this.#removed) outlines.forget(topic, from);
    for (const [topic, { through }] of this.#wasted) outlines.forget(topic, through);
  }

  /** What is waste, or held, may be just the space that is needed. */
  async #write(): Promise<void> {
    try {
      await this.#writeOnce();
    } catch (error) {
      const full = error instanceof PochtaError && error.code === 'STORAGE_FULL';
      if (!full || !(await this.#freeSpace())) throw error;
      await this.#writeOnce();
    }
  }

  /** `false` when nothing is waste or held. */
  async #freeSpace(): Promise<boolean> {
    const { running } = this.#waste;
    await running;
    return (await this.#held.remove()) || running !== undefined;
  }

  async #writeOnce(): Promise<void> {
    const inFront = this.#removed.filter((one) => this.#isInFront(one));
    const others = this.#removed.filter((one) => !this.#isInFront(one));
    const enough = this.#held.isEnough(inFront);
    const writes = [...this.#writes, ...removals(others), ...(enough ? this.#held.writes(inFront) : [])];
    await this.#file.write(writes, this.#grows);
    if (enough) this.#held.clear();
    else this.#held.hold(inFront);
  }

  /** Whether the batch is before what its topic begins with after this commit. */
  #isInFront({ topic, to }: Removed): boolean {
    return to <= (this.#firstSequences.get(topic) ?? 0);
  }
}

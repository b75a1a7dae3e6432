import { MessageBatch, type StoredBatch } from '@pochta/protocol';
import {
  Fifo,
  type HeldTopic,
  type HighWaterMark,
  type IdRecord,
  type Medium,
  type MediumGroup,
  type TopicRecord,
} from '@pochta/storage-embedded';

/** A batch may hold on to this many times its own bytes before it is copied. */
const MAX_SLACK = 1.25;

/** Keeps batches in the memory of the process. */
export class MemoryMedium implements Medium {
  readonly durable = false;
  readonly #batches = new Map<number, Fifo<StoredBatch>>();
  readonly #marks = new Map<string, HighWaterMark>();
  #lastKey = 0;

  open(): Promise<readonly HeldTopic[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    this.#batches.clear();
    this.#marks.clear();
    return Promise.resolve();
  }

  begin(): MediumGroup {
    return new MemoryGroup(this.#batches, this.#marks, () => ++this.#lastKey);
  }

  read(topic: TopicRecord, sequence: number): StoredBatch | undefined {
    const batches = this.#batches.get(topic.key);
    if (batches === undefined) return undefined;
    const batch = batches.at(batches.search((other) => other.firstSequence > sequence) - 1);
    return batch && sequence < batch.firstSequence + batch.messages.count ? batch : undefined;
  }

  readIds(): Iterable<IdRecord> {
    return [];
  }

  highWaterMark(name: string): HighWaterMark | undefined {
    return this.#marks.get(name);
  }
}

/** Collects changes, and makes them all at once. */
class MemoryGroup implements MediumGroup {
  readonly #batches: Map<number, Fifo<StoredBatch>>;
  readonly #marks: Map<string, HighWaterMark>;
  readonly #changes: (() => void)[] = [];

  constructor(
    batches: Map<number, Fifo<StoredBatch>>,
    marks: Map<string, HighWaterMark>,
    readonly newKey: () => number,
  ) {
    this.#batches = batches;
    this.#marks = marks;
  }

  putTopic({ key, name }: TopicRecord): void {
    this.#changes.push(() => {
      this.#marks.delete(name);
      if (!this.#batches.has(key)) this.#batches.set(key, new Fifo());
    });
  }

  dropTopic({ key, name }: TopicRecord, mark: HighWaterMark): void {
    this.#changes.push(() => {
      this.#batches.delete(key);
      this.#marks.set(name, mark);
    });
  }

  append({ key }: TopicRecord, batch: StoredBatch): void {
    const compacted = { ...batch, messages: compact(batch.messages) };
    this.#changes.push(() => this.#batches.get(key)!.push(compacted));
  }

  remove({ key }: TopicRecord): void {
    this.#changes.push(() => this.#batches.get(key)!.shift());
  }

  clear({ key }: TopicRecord): void {
    this.#changes.push(() => this.#batches.get(key)!.clear());
  }

  putState(): void {}
  putIds(): void {}
  removeIds(): void {}

  commit(): void {
    for (const change of this.#changes) change();
  }
}

/** The batch itself, or a copy if it would keep a much larger buffer alive. */
function compact(batch: MessageBatch): MessageBatch {
  const { count, byteLength } = batch;
  const tight = batch.bytes.buffer.byteLength <= byteLength * MAX_SLACK;
  const tightEnds = batch.ends.buffer.byteLength <= count * 4 * MAX_SLACK;
  if (tight && tightEnds) return batch;
  const bytes = tight ? batch.bytes : Buffer.allocUnsafe(byteLength);
  if (!tight) bytes.set(batch.bytes.subarray(0, byteLength));
  return new MessageBatch(
    count,
    bytes,
    tightEnds ? batch.ends : batch.ends.slice(0, count),
    batch.attributes,
  );
}

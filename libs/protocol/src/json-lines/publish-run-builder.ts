import type { PublishRun } from '../codec';
import type { RequestId } from '../frames';
import { MessageBatchBuilder, type MessageAttributes } from '../message-batch';
import type { PayloadMemory } from '../payload-memory';

/** Most topics of one run: `batchOf` has 16 bits for each frame. */
const MAX_BATCHES = 65_536;
const BATCH_BYTES = 4 * 1024;
/** A run of one topic only that has so many messages takes the rest of the chunk, which is likely more of the same. */
const ADOPT_AFTER = 16;
const FIRST_FRAMES = 64;

/** A topic as a connection's decoder remembers it, with its place in the current run. */
export class TopicSlot {
  run = -1;
  batch = 0;

  constructor(readonly name: string) {}
}

/** One message of a run, beside its payload. */
export interface PublishExtras {
  readonly id?: RequestId;
  readonly messageId?: string;
  readonly attributes?: MessageAttributes;
}

/** Groups consecutive publishes by topic. */
export class PublishRunBuilder {
  #serial = 0;
  #count = 0;
  #names: string[] = [];
  #builders: MessageBatchBuilder[] = [];
  readonly #byName = new Map<string, number>();
  #batchOf: Uint16Array<ArrayBuffer> | undefined;
  #ids: (RequestId | undefined)[] | undefined;

  constructor(private readonly memory?: PayloadMemory) {}

  /** Whether the run must be closed before a message of yet another topic. */
  get isFull(): boolean {
    return this.#builders.length === MAX_BATCHES;
  }

  /** Takes `bytes[start, end)` in as the next frame's payload. `expected` is how many payload bytes may follow. */
  add(
    topic: TopicSlot,
    bytes: Buffer,
    start: number,
    end: number,
    expected: number,
    extras?: PublishExtras,
  ): void {
    if (topic.run !== this.#serial) this.#place(topic, expected);
    const builder = this.#builders[topic.batch];
    const count = this.#count++;
    if (count === ADOPT_AFTER && this.#builders.length === 1) builder.adopt(bytes, start);
    if (this.#batchOf !== undefined) {
      if (count === this.#batchOf.length) this.#growBatchOf();
      this.#batchOf[count] = topic.batch;
    }
    if (extras === undefined) {
      builder.add(bytes, start, end);
      this.#ids?.push(undefined);
      return;
    }
    builder.add(bytes, start, end, extras.attributes, extras.messageId);
    if (extras.id !== undefined) this.#ids ??= new Array<undefined>(count).fill(undefined);
    this.#ids?.push(extras.id);
  }

  /** The run of all that was added since the last call; `undefined` when that is nothing. */
  build(): PublishRun | undefined {
    if (this.#count === 0) return undefined;
    const run: PublishRun = {
      count: this.#count,
      batches: this.#builders.map((builder, index) => ({
        topic: this.#names[index],
        messages: builder.build(),
      })),
      batchOf: this.#batchOf?.subarray(0, this.#count),
      ids: this.#ids,
    };
    this.#serial++;
    this.#count = 0;
    this.#names = [];
    this.#builders = [];
    this.#byName.clear();
    this.#batchOf = undefined;
    this.#ids = undefined;
    return run;
  }

  /** A slot may have been forgotten and made anew within the run: its batch is found by name then. */
  #place(topic: TopicSlot, expected: number): void {
    let batch = this.#byName.get(topic.name);
    if (batch === undefined) {
      batch = this.#builders.length;
      this.#builders.push(new MessageBatchBuilder(Math.min(expected, BATCH_BYTES), this.memory));
      this.#names.push(topic.name);
      this.#byName.set(topic.name, batch);
      if (batch === 1) this.#batchOf = new Uint16Array(Math.max(FIRST_FRAMES, 2 * this.#count));
    }
    topic.run = this.#serial;
    topic.batch = batch;
  }

  #growBatchOf(): void {
    const grown = new Uint16Array(this.#count * 2);
    grown.set(this.#batchOf!);
    this.#batchOf = grown;
  }
}

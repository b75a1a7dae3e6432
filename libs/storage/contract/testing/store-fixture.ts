import {
  DEFAULT_TOPIC_POLICY,
  MessageBatch,
  type ErrorCode,
  type StoredBatch,
  type TopicPolicy,
} from '@pochta/protocol';
import type { GapReason } from '@pochta/protocol';
import type { Clock } from '../src/clock';
import {
  isHole,
  type Hole,
  type LogEntry,
  type LogReader,
  type MessageStore,
  type TailListener,
} from '../src/message-store';
import { ManualClock } from '../src/manual-clock';

/** A place where an engine keeps its data; each test has one of its own. */
export interface StorePlace {
  /** A store over what earlier ones left in this place; not opened yet. */
  create(clock: Clock): MessageStore;
  /** Removes what is left, when all stores are closed. */
  remove?(): Promise<void> | void;
}

/** The store of one test, with a clock that the test turns. */
export class StoreFixture {
  readonly clock = new ManualClock();
  store!: MessageStore;
  readonly #place: StorePlace;
  readonly #policy: Partial<TopicPolicy>;

  constructor(place: StorePlace, policy: Partial<TopicPolicy>) {
    this.#place = place;
    this.#policy = policy;
  }

  /** The wall clock, in ms since the epoch. Setting it lets no time pass: see `clock`. */
  get time(): number {
    return this.clock.wall;
  }

  set time(time: number) {
    this.clock.wall = time;
  }

  async open(): Promise<MessageStore> {
    this.store = this.#place.create(this.clock);
    await this.store.open();
    return this.store;
  }

  async restart(): Promise<MessageStore> {
    await this.store.close();
    return this.open();
  }

  async remove(): Promise<void> {
    await this.store.close();
    await this.#place.remove?.();
  }

  policy(policy: Partial<TopicPolicy> = {}): TopicPolicy {
    return { ...DEFAULT_TOPIC_POLICY, ...this.#policy, ...policy };
  }

  /** A topic with this policy, otherwise the default one. */
  async topic(name: string, policy: Partial<TopicPolicy> = {}): Promise<string> {
    await this.store.createTopic(name, this.policy(policy));
    return name;
  }

  async append(topic: string, ...payloads: string[]): Promise<void> {
    await this.store.append(topic, batchOf(payloads));
  }

  /** All that a topic holds. */
  async held(topic: string): Promise<string[]> {
    const reader = await this.store.openReader(topic, 'earliest');
    return textsOf((await readOn(reader)).batches);
  }
}

/** A batch of texts, each with the id at its index, if any. */
export function batchOf(
  payloads: readonly string[],
  messageIds?: readonly (string | undefined)[],
): MessageBatch {
  const ends = new Uint32Array(payloads.length);
  let end = 0;
  payloads.forEach((payload, index) => (ends[index] = end += Buffer.byteLength(payload)));
  return new MessageBatch(payloads.length, Buffer.from(payloads.join('')), ends, undefined, messageIds);
}

/** `count` texts: `<prefix>0`, `<prefix>1` and so on. */
export function numbered(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

export function textsOf(batches: readonly StoredBatch[]): string[] {
  return batches.flatMap(({ messages }) =>
    Array.from({ length: messages.count }, (_, index) => Buffer.from(messages.payload(index)).toString()),
  );
}

/** The batches of a page. */
export function batchesIn(page: readonly LogEntry[]): StoredBatch[] {
  return page.filter((entry): entry is StoredBatch => !isHole(entry));
}

/** Reads to the head; gives all batches, and the holes on the way. */
export async function readOn(reader: LogReader, maxMessages = 1000, maxBytes = 1 << 20) {
  const batches: StoredBatch[] = [];
  const holes: Hole[] = [];
  for (;;) {
    const page = await reader.fetch(maxMessages, maxBytes);
    for (const entry of page) {
      if (isHole(entry)) holes.push(entry);
      else batches.push(entry);
    }
    if (page.length === 0) return { batches, holes };
  }
}

/** Hears a topic, and keeps all that it heard. */
export class RecordingListener implements TailListener {
  readonly heard: string[] = [];
  readonly #onCommit?: (batch: StoredBatch) => void;

  constructor(onCommit?: (batch: StoredBatch) => void) {
    this.#onCommit = onCommit;
  }

  onCommit(batch: StoredBatch): void {
    this.heard.push(`${batch.firstSequence}: ${textsOf([batch]).join(' ')}`);
    this.#onCommit?.(batch);
  }

  onRemoved(through: number, reason: GapReason): void {
    this.heard.push(`${reason} through ${through}`);
  }

  onDeleted(): void {
    this.heard.push('deleted');
  }
}

/** Resolves when the tails have heard of all that was awaited. */
export async function tailsTold(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Matches an error with this code. */
export function withCode(code: ErrorCode): Error {
  return expect.objectContaining({ code }) as Error;
}

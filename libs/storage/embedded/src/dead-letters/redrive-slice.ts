import {
  lastSequence,
  MessageBatchBuilder,
  type MessageAttributes,
  type StoredBatch,
} from '@pochta/protocol';
import { DEAD_LETTER_HEADERS, type RedriveFilter } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import { expiry } from '../log/expired';
import type { Selection } from '../log/intake';
import type { TopicLog } from '../log/topic-log';
import { withoutDeadLetterHeaders } from './dead-letters';

/** Most messages that a slice looks at. */
const SLICE = 1000;
/** Payload bytes that a slice moves; a larger message is moved alone. */
const SLICE_BYTES = 4 << 20;

/** How far a redrive has got. */
export interface RedriveProgress {
  /** Sequence to go on at. */
  readonly position: number;
  /** Sequence to stop at; at first, perhaps above what the topic holds. */
  readonly end: number;
  readonly moved: number;
  readonly stayed: number;
  /** Topics that refused a message: what came later from there stays too, so that it does not overtake. */
  readonly full: ReadonlySet<string>;
}

/** A dead letter that is to be moved. */
interface Letter {
  readonly batch: StoredBatch;
  readonly sequence: number;
}

/** What one topic gets back. */
interface Move {
  readonly origin: TopicLog;
  readonly selection: Selection;
  readonly letters: readonly Letter[];
}

/** One slice of a redrive: finds what is to be moved, asks the topics which of it they take, and moves that. */
export class RedriveSlice {
  readonly #commit: TopicCommit;
  readonly #log: TopicLog;
  readonly #filter: RedriveFilter;
  readonly #limit: number;
  readonly #end: number;
  readonly #found = new Map<TopicLog, Letter[]>();
  readonly #full: Set<string>;
  #position: number;
  #looked = 0;
  #letters = 0;
  #bytes = 0;
  #moved: number;
  #stayed: number;

  /** Throws `TOPIC_UNKNOWN`. */
  constructor(commit: TopicCommit, topic: string, filter: RedriveFilter, progress: RedriveProgress) {
    this.#commit = commit;
    this.#log = commit.change(topic);
    this.#filter = filter;
    this.#limit = (filter.limit ?? Infinity) - progress.moved;
    const { firstSequence, nextSequence } = this.#log.content.staged;
    this.#position = Math.max(progress.position, firstSequence);
    this.#end = Math.min(progress.end, nextSequence);
    this.#moved = progress.moved;
    this.#stayed = progress.stayed;
    this.#full = new Set(progress.full);
  }

  /** Throws `STORAGE_FAILED` when what is to be moved cannot be read: then nothing is staged. */
  run(): RedriveProgress {
    while (this.#position < this.#end && this.#looked < SLICE && !this.#isLarge()) this.#lookOn();
    const moves = [...this.#found].map(([origin, letters]) => this.#offer(origin, letters));
    try {
      this.#stage(moves);
    } catch (cause) {
      // No `PochtaError`: something is staged, so that the whole commit must fail.
      throw new Error(`dead letters of topic ${this.#log.content.record.name} cannot be moved`, { cause });
    }
    return {
      position: this.#position,
      end: this.#end,
      moved: this.#moved,
      stayed: this.#stayed,
      full: this.#full,
    };
  }

  #isLarge(): boolean {
    return this.#letters >= this.#limit || this.#bytes >= SLICE_BYTES;
  }

  /** Looks at the messages of the next batch. */
  #lookOn(): void {
    const { content } = this.#log;
    if (content.staged.holes > 0) this.#position = content.holes.firstWithout(this.#position, this.#end);
    if (this.#position >= this.#end) return;
    const batch = content.readHeld(this.#position);
    const end = Math.min(this.#end, lastSequence(batch) + 1);
    for (; this.#position < end && this.#looked < SLICE && !this.#isLarge(); this.#position++) {
      this.#looked++;
      if (content.staged.holes === 0 || content.holes.get(this.#position) === 0) this.#lookAt(batch);
    }
  }

  #lookAt(batch: StoredBatch): void {
    const sequence = this.#position;
    const index = sequence - batch.firstSequence;
    const { maxAge } = this.#log.content.record.policy;
    const topic = matchingOrigin(batch.messages.attributes?.[index]?.headers, this.#filter);
    if (topic === undefined || expiry(batch, index, maxAge, this.#commit.now()) !== undefined) return;
    const origin = this.#commit.find(topic);
    if (origin === undefined || origin === this.#log || this.#full.has(topic)) {
      this.#stayed++;
      return;
    }
    this.#letters++;
    this.#bytes += batch.messages.end(index) - batch.messages.start(index);
    const letters = this.#found.get(origin);
    if (letters === undefined) this.#found.set(origin, [{ batch, sequence }]);
    else letters.push({ batch, sequence });
  }

  /** Asks a topic which of its messages it takes back. */
  #offer(origin: TopicLog, letters: readonly Letter[]): Move {
    const { name, policy } = origin.content.record;
    this.#commit.change(name);
    const builder = new MessageBatchBuilder();
    for (const { batch, sequence } of letters) addOriginal(builder, batch, sequence - batch.firstSequence);
    const selection = origin.intake(this.#commit).select(builder.build());
    const refused = new Set(selection.refusals?.map(({ index }) => index));
    if (refused.size > 0 && policy.overflow === 'reject') this.#full.add(name);
    this.#stayed += refused.size;
    this.#moved += letters.length - refused.size;
    return { origin, selection, letters: letters.filter((_, index) => !refused.has(index)) };
  }

  /** First away, then back: what comes back may push out others, which become dead letters here. */
  #stage(moves: readonly Move[]): void {
    const letters = moves.flatMap((move) => move.letters).sort((one, other) => one.sequence - other.sequence);
    for (let at = 0; at < letters.length;) {
      const { batch, sequence } = letters[at];
      let to = sequence;
      for (; letters[at]?.sequence === to && letters[at].batch === batch; at++) to++;
      this.#log.remove(batch, sequence, to, 'taken', this.#commit);
    }
    for (const { origin, selection } of moves) origin.store(selection, this.#commit);
  }
}

/** The topic that a dead letter came from; `undefined` when it is none, or not one that the filter lets through. */
function matchingOrigin(headers: MessageAttributes['headers'], filter: RedriveFilter): string | undefined {
  const topic = headers?.[DEAD_LETTER_HEADERS.topic];
  if (filter.topic !== undefined && topic !== filter.topic) return undefined;
  if (filter.group !== undefined && headers?.[DEAD_LETTER_HEADERS.group] !== filter.group) return undefined;
  if (filter.reason !== undefined && headers?.[DEAD_LETTER_HEADERS.reason] !== filter.reason)
    return undefined;
  return topic;
}

/** Adds a dead letter as it was before it became one; what it had for ever (`ttl`) is gone. */
function addOriginal(builder: MessageBatchBuilder, { messages }: StoredBatch, index: number): void {
  const { headers: all, ...rest } = messages.attributes![index]!;
  const headers = withoutDeadLetterHeaders(all);
  const attributes = headers === undefined ? rest : { ...rest, headers };
  const some = Object.keys(attributes).length > 0;
  builder.add(messages.bytes, messages.start(index), messages.end(index), some ? attributes : undefined);
}

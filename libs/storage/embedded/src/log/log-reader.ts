import { errorFor, type MessageBatch, type StoredBatch } from '@pochta/protocol';
import type { Hole, LogPage, LogReader } from '@pochta/storage-contract';
import { sliceStored } from './stored-batch';
import { unknownTopic } from './topic-group';
import type { ReaderStart, TopicLog } from './topic-log';
import { removalReason } from './topic-state';

/** What a reader needs of its engine. */
export interface ReaderHost {
  /** Throws when the engine does not serve reads any more. */
  check(): void;
  /** Resolves when no commit is under way. */
  settled(): Promise<void>;
}

/** A position in a topic's log: a number, and the topic. */
export class EmbeddedLogReader implements LogReader {
  readonly #host: ReaderHost;
  readonly #log: TopicLog;
  #position: number;
  #epochHole: number | undefined;
  #closed = false;

  constructor(host: ReaderHost, log: TopicLog, start: ReaderStart) {
    this.#host = host;
    this.#log = log;
    this.#position = start.position;
    this.#epochHole = start.epochHole;
  }

  get position(): number {
    return this.#position;
  }

  async fetch(maxMessages: number, maxBytes: number): Promise<LogPage> {
    for (;;) {
      this.#check();
      const hole = this.#hole();
      const from = hole === undefined ? this.#position : this.#log.state.firstSequence;
      const batches = this.#read(from, Math.max(1, maxMessages), maxBytes);
      if (batches !== undefined) {
        const last = batches.at(-1);
        this.#position = last === undefined ? from : last.firstSequence + last.messages.count;
        this.#epochHole = undefined;
        return hole === undefined ? { batches } : { hole, batches };
      }
      // A commit that is under way has removed what was to be read: the state will say so when it is done.
      await this.#host.settled();
    }
  }

  close(): void {
    this.#closed = true;
  }

  #check(): void {
    this.#host.check();
    if (this.#log.deleted) throw unknownTopic(this.#log.record.name);
    if (this.#closed) throw errorFor('INTERNAL', 'The reader is closed');
  }

  #hole(): Hole | undefined {
    const { state } = this.#log;
    const to = state.firstSequence - 1;
    if (this.#epochHole !== undefined) {
      return { from: this.#epochHole, to: Math.max(this.#epochHole, to), reason: 'epoch' };
    }
    if (this.#position > to) return undefined;
    return { from: this.#position, to, reason: removalReason(state, this.#position) };
  }

  /** Committed batches from a sequence on, within the limits; `undefined` when a commit has just removed the first. */
  #read(from: number, maxMessages: number, maxBytes: number): StoredBatch[] | undefined {
    const { nextSequence } = this.#log.state;
    const batches: StoredBatch[] = [];
    let messages = maxMessages;
    let bytes = maxBytes;
    for (let sequence = from; sequence < nextSequence && messages > 0 && (bytes > 0 || sequence === from);) {
      const batch = this.#log.read(sequence);
      if (batch === undefined) return batches.length === 0 ? undefined : batches;
      const start = sequence - batch.firstSequence;
      const count = fitting(batch.messages, start, messages, bytes, batches.length === 0);
      if (count === 0) break;
      const part = sliceStored(batch, sequence, sequence + count);
      batches.push(part);
      messages -= count;
      bytes -= part.messages.byteLength;
      sequence += count;
      if (start + count < batch.messages.count) break;
    }
    return batches;
  }
}

/** How many messages of a batch, from index `start` on, are within the limits; with `least`, at least one. */
function fitting(
  batch: MessageBatch,
  start: number,
  messages: number,
  bytes: number,
  least: boolean,
): number {
  const base = batch.start(start);
  const limit = Math.min(batch.count, start + messages);
  let end = limit;
  if (batch.end(limit - 1) - base > bytes) {
    for (end = start; batch.end(end) - base <= bytes;) end++;
  }
  return end === start && least ? 1 : end - start;
}

import { errorFor } from '@pochta/protocol';
import { isHole, unknownTopic, type LogEntry, type LogReader } from '@pochta/storage-contract';
import { LogWalk } from './log-walk';
import type { ReaderStart, TopicLog } from './topic-log';

/** What a reader needs of its engine. */
export interface ReaderHost {
  /** Throws when the engine does not serve reads any more. */
  check(): void;
  /** Resolves when no commit is under way. */
  commitDone(): Promise<void>;
  /** In ms since the epoch. */
  now(): number;
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

  async fetch(maxMessages: number, maxBytes: number): Promise<readonly LogEntry[]> {
    const { content } = this.#log;
    // Behind one commit, another may be under way already: so the state must be the same behind two.
    for (let unchanged = 0; unchanged < 2;) {
      this.#check();
      const { state } = content;
      const walk = new LogWalk(content, this.#position, maxMessages, maxBytes, this.#host.now());
      if (walk.run()) {
        const entries = this.#withEpochHole(walk.entries);
        this.#position = walk.position;
        this.#epochHole = undefined;
        return entries;
      }
      // A commit that is under way has removed what was to be read: the state will say so when it is done.
      await this.#host.commitDone();
      unchanged = content.state === state ? unchanged + 1 : 0;
    }
    const { name } = content.record;
    throw errorFor('STORAGE_FAILED', `Message ${this.#position} of topic ${name} cannot be read`);
  }

  close(): void {
    this.#closed = true;
  }

  #check(): void {
    this.#host.check();
    if (this.#log.deleted) throw unknownTopic(this.#log.content.record.name);
    if (this.#closed) throw errorFor('INTERNAL', 'The reader is closed');
  }

  /** The hole of another epoch's sequences covers what is missing of this one's before the first message. */
  #withEpochHole(entries: LogEntry[]): LogEntry[] {
    if (this.#epochHole === undefined) return entries;
    const [first] = entries;
    const rest = first !== undefined && isHole(first) ? entries.slice(1) : entries;
    const to = Math.max(this.#epochHole, this.#log.content.state.firstSequence - 1);
    return [{ from: this.#epochHole, to, reason: 'epoch' }, ...rest];
  }
}

import type { Event, Published } from './events';
import { TimeModel } from './time-model';

/** What the invariants have to know of a topic of the round. */
export interface TopicFacts {
  readonly name: string;
  readonly retention: 'limits' | 'work-queue';
  /** Whether messages are taken out with `get`, and purged. */
  readonly taken: boolean;
  /** Consumer groups; every one was there before the first publish. */
  readonly groups: readonly string[];
  /** ms, by group. */
  readonly ackDeadlines: Readonly<Record<string, number>>;
  /** Where its dead letters go. */
  readonly deadLetterTopic: string;
}

/** Name of the actor that reads all topics at the end of a round. */
export const AUDITOR = 'auditor';

/** Everything that happened in a round, in the order in which this process saw it. Only grows. */
export class History {
  readonly time = new TimeModel();
  readonly #events: Event[] = [];

  constructor(
    readonly topics: readonly TopicFacts[],
    events: Iterable<Event> = [],
  ) {
    for (const event of events) this.add(event);
  }

  get events(): readonly Event[] {
    return this.#events;
  }

  add(event: Event): void {
    this.#events.push(event);
    this.time.note(event);
  }

  /**
   * Whether the message had a `ttl` that may have passed at the moment `at`. `storedFrom`: the earliest broker's time, in
   * ms since the epoch, at which any of the attempts to publish it may have stored it.
   */
  mayHaveExpired({ ttl, delay = 0 }: Published, storedFrom: number, at: number): boolean {
    return ttl !== undefined && storedFrom + delay + ttl <= this.time.atMost(at);
  }

  topic(name: string): TopicFacts | undefined {
    return this.topics.find((topic) => topic.name === name);
  }
}

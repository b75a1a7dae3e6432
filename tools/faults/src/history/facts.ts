import type { Confirmed, Delivered, Published, Refused, Sent, Settled, Settling } from './events';
import type { History } from './history';
import type { TimeModel } from './time-model';

/** What became of one message on its way in. */
export interface PublishStory {
  readonly message: Published;
  readonly actor: string;
  readonly firstSent: number;
  /** In the broker's time, in ms since the epoch: no attempt stored it before. */
  storedFrom: number;
  /** How often it was sent. */
  attempts: number;
  confirmed?: Confirmed;
  readonly refusals: Refused[];
}

/** What became of a request to settle: done, refused, or nobody knows. */
export interface SettleStory {
  readonly asked: Settling;
  outcome: 'done' | 'refused' | 'unknown';
}

/** What a history says, by message: read once, for all invariants. */
export class Facts {
  readonly time: TimeModel;
  /** What producers published, by id. */
  readonly published = new Map<string, PublishStory>();
  /** By the number of the request. */
  readonly settlings = new Map<number, SettleStory>();
  /** What transactions published, by id: one entry for each transaction. */
  readonly outputs = new Map<string, Published[]>();
  /** Which messages of a transaction were seen anywhere: their topics and ids, by the number of its request. */
  readonly seenOf = new Map<number, Set<string>>();
  /** Topics that were read to their ends, and the sequences that their next messages would get. */
  readonly heads = new Map<string, number>();
  readonly #sequences = new Map<string, Set<number>>();
  readonly #ids = new Map<string, string>();
  readonly #deadLetters = new Map<string, Set<number>>();

  constructor(readonly history: History) {
    this.time = history.time;
    for (const event of history.events) {
      if (event.type === 'delivered') this.#onDelivered(event);
      else if (event.type === 'settling') this.#onSettling(event);
      else if (event.type === 'settled') this.#onSettled(event);
      else if (event.type === 'audited') this.heads.set(event.topic, event.head);
      else if (event.type === 'sent') this.#onSent(event);
      else if (event.type === 'confirmed') this.published.get(event.id)!.confirmed ??= event;
      else if (event.type === 'refused') this.published.get(event.id)!.refusals.push(event);
    }
  }

  /** The sequences under which anybody saw a message in a topic. */
  sequencesOf(topic: string, id: string): ReadonlySet<number> {
    return this.#sequences.get(`${topic} ${id}`) ?? NONE;
  }

  /** The message that was seen under a sequence. */
  idAt(topic: string, sequence: number): string | undefined {
    return this.#ids.get(place(topic, sequence));
  }

  /** The sequences of a message's dead letters in the dead-letter topic. Without a group: expired, overflow. */
  deadLetters(topic: string, group: string | undefined, sequence: number): ReadonlySet<number> {
    return this.#deadLetters.get(place(topic, sequence, group)) ?? NONE;
  }

  /** Whether the message had a `ttl` that may have passed at the moment `at`. */
  mayHaveExpired(id: string, at: number): boolean {
    const story = this.published.get(id);
    return story !== undefined && this.history.mayHaveExpired(story.message, story.storedFrom, at);
  }

  #onDelivered(event: Delivered): void {
    const { topic, id, sequence, deadLetter, transaction } = event;
    if (deadLetter !== undefined) {
      added(this.#deadLetters, place(deadLetter.topic, deadLetter.sequence, deadLetter.group), sequence);
      return;
    }
    added(this.#sequences, `${topic} ${id}`, sequence);
    if (!this.#ids.has(place(topic, sequence))) this.#ids.set(place(topic, sequence), id);
    if (transaction !== undefined) added(this.seenOf, transaction, `${topic} ${id}`);
  }

  #onSent({ message, actor, at }: Sent): void {
    const storedFrom = this.time.atLeast(at);
    const story = this.published.get(message.id);
    if (story === undefined) {
      this.published.set(message.id, {
        message,
        actor,
        firstSent: at,
        storedFrom,
        attempts: 1,
        refusals: [],
      });
      return;
    }
    story.attempts++;
    // A broker that was killed may be behind the one before.
    story.storedFrom = Math.min(story.storedFrom, storedFrom);
  }

  #onSettling(asked: Settling): void {
    this.settlings.set(asked.request, { asked, outcome: 'unknown' });
    for (const message of asked.publishes ?? []) {
      const entries = this.outputs.get(message.id);
      if (entries === undefined) this.outputs.set(message.id, [message]);
      else entries.push(message);
    }
  }

  #onSettled({ request, code }: Settled): void {
    this.settlings.get(request)!.outcome = code === undefined ? 'done' : 'refused';
  }
}

const NONE: ReadonlySet<number> = new Set();

/** Names one message of a topic, as a key for maps; with a group, what it is to that group. */
export function place(topic: string, sequence: number, group = ''): string {
  return `${topic} ${group} ${sequence}`;
}

function added<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

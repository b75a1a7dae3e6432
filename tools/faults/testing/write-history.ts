import type { Delivered, Event, Gap, Published, Settling, Verb } from '../src/history/events';
import { AUDITOR, History, type TopicFacts } from '../src/history/history';
import { INVARIANTS, violations } from '../src/invariants';

/** When handwritten histories begin, in ms since the epoch. */
export const START = 1_700_000_000_000;

const TOPICS: readonly TopicFacts[] = [
  {
    name: 'orders',
    retention: 'limits',
    taken: false,
    groups: ['billing'],
    deadLetterTopic: 'orders.dead',
    ackDeadlines: { billing: 1000 },
  },
  {
    name: 'jobs',
    retention: 'work-queue',
    taken: false,
    groups: ['workers'],
    deadLetterTopic: 'jobs.dead',
    ackDeadlines: { workers: 1000 },
  },
  {
    name: 'tray',
    retention: 'limits',
    taken: true,
    groups: [],
    deadLetterTopic: 'tray.dead',
    ackDeadlines: {},
  },
  {
    name: 'log',
    retention: 'limits',
    taken: false,
    groups: [],
    deadLetterTopic: 'log.dead',
    ackDeadlines: {},
  },
  {
    name: 'effects',
    retention: 'limits',
    taken: false,
    groups: [],
    deadLetterTopic: 'effects.dead',
    ackDeadlines: {},
  },
];

/** Writes a history by hand, one event a ms unless told otherwise: what a peer saw, in few words. */
export class HistoryWriter {
  readonly history = new History(TOPICS);
  #at = START;
  #requests = 0;

  /** ms pass. */
  wait(ms: number): this {
    this.#at += ms;
    return this;
  }

  add(event: object): this {
    const base = { at: ++this.#at, actor: 'someone', connection: 1 };
    this.history.add({ ...base, ...event } as Event);
    return this;
  }

  sent(id: string, topic: string, more: Partial<Published> = {}): this {
    return this.add({ type: 'sent', actor: 'producer', message: { id, topic, ...more } });
  }

  confirmed(id: string): this {
    return this.add({ type: 'confirmed', id });
  }

  refused(id: string, code: string): this {
    return this.add({ type: 'refused', id, code });
  }

  /** Sent and confirmed. */
  published(id: string, topic: string, more: Partial<Published> = {}): this {
    return this.sent(id, topic, more).confirmed(id);
  }

  /** To a plain subscriber, called `reader`. */
  seen(topic: string, sequence: number, id: string, more: Partial<Delivered> = {}): this {
    const at = this.#at + 1;
    const base = { type: 'delivered', actor: 'reader', timestamp: at, asOf: at };
    return this.add({ ...base, topic, sequence, id, ...more });
  }

  /** At the end of the round. */
  held(topic: string, sequence: number, id: string, more: Partial<Delivered> = {}): this {
    return this.seen(topic, sequence, id, { actor: AUDITOR, ...more });
  }

  /** The auditor has read a topic to its end. */
  audited(topic: string, head: number): this {
    return this.add({ type: 'audited', topic, head });
  }

  /** A dead letter, which the auditor found. */
  dead(topic: string, group: string, sequence: number, deadSequence: number, id: string): this {
    const deadLetter = { topic, group, sequence, reason: 'max-deliveries' };
    return this.held(`${topic}.dead`, deadSequence, id, { deadLetter });
  }

  gap(topic: string, from: number, to: number, reason: Gap['reason'] = 'expired'): this {
    return this.add({ type: 'gap', actor: 'reader', topic, from, to, reason });
  }

  /** To a member of the group. */
  delivered(topic: string, group: string, sequence: number, id: string, more: Partial<Delivered> = {}): this {
    return this.seen(topic, sequence, id, { actor: 'member', group, deliveryCount: 1, ...more });
  }

  /** A member asks to settle, and is answered, unless the answer is `lost`. */
  settle(
    verb: Verb,
    topic: string,
    group: string,
    sequences: readonly number[],
    answer: 'done' | 'lost' | 'NOT_IN_FLIGHT' = 'done',
    more: Partial<Settling> = {},
  ): this {
    const request = more.request ?? ++this.#requests;
    this.add({ type: 'settling', actor: 'member', request, verb, topic, group, sequences, ...more });
    if (answer === 'lost') return this;
    return this.add({ type: 'settled', request, code: answer === 'done' ? undefined : answer });
  }

  /** A member processes an input in a transaction: acks it, and publishes one effect and one entry of the log. */
  processed(
    request: number,
    sequence: number,
    input: string,
    answer: 'done' | 'lost' | 'NOT_IN_FLIGHT' = 'done',
  ): this {
    const publishes = ['effects', 'log'].map((topic) => ({ id: `${topic}-of-${input}`, topic, of: input }));
    return this.settle('transaction', 'orders', 'billing', [sequence], answer, { request, publishes });
  }

  /** A message is taken out, unless the answer, like the message, is lost. */
  take(topic: string, id: string | 'lost'): this {
    const request = ++this.#requests;
    this.add({ type: 'taking', actor: 'taker', request, topic });
    return id === 'lost' ? this : this.add({ type: 'taken', request, id });
  }

  /** A topic is purged, and answers unless the answer is lost. */
  purge(topic: string, answer: 'done' | 'lost' = 'done'): this {
    const request = ++this.#requests;
    this.add({ type: 'purging', actor: 'purger', connection: 9, request, topic });
    return answer === 'lost' ? this : this.add({ type: 'purged', request });
  }

  opened(connection: number): this {
    return this.add({ type: 'opened', connection });
  }

  broker(state: 'started' | 'killed'): this {
    return this.add({ type: 'broker', state });
  }

  /** The broker's wall clock is set. */
  clock(offset: number): this {
    return this.add({ type: 'clock', offset, done: false }).add({ type: 'clock', offset, done: true });
  }
}

/** What the invariant of that name finds. Throws for a name that there is not. */
export function found(invariant: string, { history }: HistoryWriter): string[] {
  if (!INVARIANTS.some(({ name }) => name === invariant)) throw new Error(`no invariant ${invariant}`);
  return violations(history)
    .filter((violation) => violation.invariant === invariant)
    .map(({ text }) => text);
}

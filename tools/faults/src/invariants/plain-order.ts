import type { Delivered, Event, Gap } from '../history/events';
import { place, type Facts } from '../history/facts';
import { AUDITOR } from '../history/history';
import type { Invariant } from './violation';

/** Plain subscriptions miss nothing silently, and see nothing twice. */
export const plainOrder: Invariant = {
  name: 'plain-order',
  promise:
    'A plain subscriber sees each message once, in the order of the sequences, or an announced gap, also across restarts.',
  *check(facts) {
    const positions = new Map<string, number>();
    for (const event of facts.history.events) {
      if (!isPlain(event)) continue;
      const { actor, topic } = event;
      const key = `${actor} ${topic}`;
      // Who does not begin with the first message is the auditor.
      const expected = positions.get(key) ?? (actor === AUDITOR ? firstOf(event) : 1);
      yield* step(event, expected, facts);
      positions.set(key, Math.max(expected, lastOf(event) + 1));
    }
    for (const [key, position] of positions) {
      const [actor, topic] = key.split(' ');
      const head = facts.heads.get(topic) ?? 0;
      if (position < head) {
        const text = `${actor} saw ${topic} up to ${position - 1}, and it went on to ${head - 1}`;
        yield { text, ids: named(facts, topic, position) };
      }
    }
    yield* falseGaps(facts);
  },
};

function isPlain(event: Event): event is Delivered | Gap {
  return (event.type === 'delivered' || event.type === 'gap') && event.group === undefined;
}

function firstOf(event: Delivered | Gap): number {
  return event.type === 'gap' ? event.from : event.sequence;
}

function lastOf(event: Delivered | Gap): number {
  return event.type === 'gap' ? event.to : event.sequence;
}

function* step(event: Delivered | Gap, expected: number, facts: Facts) {
  const { actor, topic } = event;
  const first = firstOf(event);
  if (first > expected) {
    const text = `${actor} was not told of ${topic} ${expected} to ${first - 1}`;
    yield { text, ids: named(facts, topic, expected) };
  } else if (event.type === 'delivered' && first < expected) {
    const text = `${actor} saw ${topic} ${first} after ${expected - 1}`;
    yield { text, ids: [event.id] };
  }
}

/** Gaps that announced as removed what was still held at the end. */
function* falseGaps(facts: Facts) {
  const held = new Set<string>();
  for (const event of facts.history.events) {
    if (event.type === 'delivered' && event.actor === AUDITOR) held.add(place(event.topic, event.sequence));
  }
  for (const event of facts.history.events) {
    if (event.type !== 'gap' || event.reason === 'epoch') continue;
    for (let sequence = event.from; sequence <= event.to; sequence++) {
      if (!held.has(place(event.topic, sequence))) continue;
      const text = `${event.actor} was told that ${event.topic} ${sequence} is gone (${event.reason}), and it is held`;
      yield { text, ids: named(facts, event.topic, sequence) };
      break;
    }
  }
}

function named(facts: Facts, topic: string, sequence: number): string[] {
  const id = facts.idAt(topic, sequence);
  return id === undefined ? [] : [id];
}

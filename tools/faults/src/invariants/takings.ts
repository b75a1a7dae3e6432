import type { Closed, Purged, Purging } from '../history/events';
import type { Facts, PublishStory } from '../history/facts';
import { AUDITOR } from '../history/history';
import type { Invariant } from './violation';

/** ms that a purge may take effect after the connection ended over which it was asked for. */
const LATE = 5000;

/** What is known of a topic whose messages are taken and purged. */
interface Removals {
  /** How often a message was taken, by its id. */
  readonly taken: Map<string, number>;
  /** Requests to take one, by their numbers, that have no answer. */
  readonly lost: Set<number>;
  readonly purges: Purge[];
}

interface Purge {
  readonly asked: Purging;
  /** Nothing that was published later was purged. */
  end: number;
  done: boolean;
}

/** `get` gives each message to one, and a purge takes what is there: neither more nor less. */
export const takings: Invariant = {
  name: 'takings',
  promise:
    'A message is taken once; what was taken or purged is not there any more, and what is missing was taken, purged, or asked for without an answer.',
  *check(facts) {
    for (const topic of facts.history.topics) {
      if (!topic.taken) continue;
      const removals = removalsOf(topic.name, facts);
      yield* wrongTakes(topic.name, removals, facts);
      // A topic that was not read to its end tells nothing; why it was not is a violation of its own.
      if (facts.heads.has(topic.name)) yield* wrongRests(topic.name, removals, facts);
    }
  },
};

function* wrongTakes(topic: string, { taken }: Removals, facts: Facts) {
  for (const [id, times] of taken) {
    if (times > 1) yield { text: `${id} was taken ${times} times`, ids: [id] };
    if (facts.published.get(id)?.message.topic !== topic)
      yield { text: `${id} was taken from ${topic}, and nobody published it there`, ids: [id] };
  }
}

function* wrongRests(topic: string, { taken, lost, purges }: Removals, facts: Facts) {
  const held = heldAtTheEnd(topic, facts);
  const missing: string[] = [];
  for (const story of facts.published.values()) {
    const { id } = story.message;
    if (story.message.topic !== topic) continue;
    if (held.has(id)) {
      if (taken.has(id)) yield { text: `${id} was taken, and ${topic} holds it at the end`, ids: [id] };
      if (purges.some((purge) => wasPurged(story, purge)))
        yield { text: `${id} was there when ${topic} was purged, and it holds it at the end`, ids: [id] };
    } else if (story.confirmed !== undefined && !taken.has(id)) {
      if (!purges.some(({ end }) => story.firstSent <= end)) missing.push(id);
    }
  }
  if (missing.length <= lost.size) return;
  const text = `${missing.length} messages of ${topic} were confirmed and are gone, and ${lost.size} requests for one have no answer`;
  yield { text, ids: missing.slice(0, 1) };
}

function wasPurged({ confirmed }: PublishStory, { asked, done }: Purge): boolean {
  return done && confirmed !== undefined && confirmed.at < asked.at;
}

function heldAtTheEnd(topic: string, { history }: Facts): Set<string> {
  const held = new Set<string>();
  for (const event of history.events) {
    if (event.type === 'delivered' && event.actor === AUDITOR && event.topic === topic) held.add(event.id);
  }
  return held;
}

function removalsOf(topic: string, { history }: Facts): Removals {
  const removals: Removals = { taken: new Map(), lost: new Set(), purges: [] };
  const { taken, lost, purges } = removals;
  for (const event of history.events) {
    if (event.type === 'taking' && event.topic === topic) lost.add(event.request);
    else if (event.type === 'purging' && event.topic === topic)
      purges.push({ asked: event, end: Infinity, done: false });
    else if (event.type === 'purged' || event.type === 'closed') end(purges, event);
    else if (event.type === 'taken' && lost.delete(event.request) && event.id !== undefined)
      taken.set(event.id, (taken.get(event.id) ?? 0) + 1);
  }
  return removals;
}

/** Those that have been answered, or whose connection is over. */
function end(purges: readonly Purge[], event: Purged | Closed): void {
  for (const purge of purges.filter(({ end }) => end === Infinity)) {
    if (event.type === 'purged' && event.request === purge.asked.request) {
      purge.end = event.at;
      purge.done = true;
    }
    if (event.type === 'closed' && event.connection === purge.asked.connection) purge.end = event.at + LATE;
  }
}

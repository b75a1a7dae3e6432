import { place, type Facts, type PublishStory } from '../history/facts';
import { AUDITOR, type TopicFacts } from '../history/history';
import { groupStates, type GroupState } from './group-states';
import type { Invariant } from './violation';

/** Nothing that was confirmed is lost, on its way into the log or out of it. */
export const arrival: Invariant = {
  name: 'arrival',
  promise:
    'A confirmed message is held by its topic, and each group acks it or has a dead letter of it, unless its ttl has passed.',
  *check(facts) {
    const states = groupStates(facts);
    const held = heldAtTheEnd(facts);
    const end = facts.history.events.at(-1)?.at ?? 0;
    for (const story of facts.published.values()) {
      if (story.confirmed === undefined) continue;
      const { id, topic } = story.message;
      const setting = facts.history.topic(topic)!;
      const expired = facts.mayHaveExpired(id, end);
      // What is taken out is for another invariant.
      const text = expired || setting.taken ? undefined : lossFromLog(story, setting, held, facts);
      if (text !== undefined) yield { text, ids: [id] };
      else yield* groupLosses(story, setting, states, expired, facts);
    }
  },
};

function lossFromLog(
  { message: { id, topic } }: PublishStory,
  { retention }: TopicFacts,
  held: ReadonlySet<string>,
  facts: Facts,
): string | undefined {
  if (facts.sequencesOf(topic, id).size === 0)
    return `${id} was confirmed, and nobody ever saw it in ${topic}`;
  // A topic that was not read to its end tells nothing; why it was not is a violation of its own.
  if (facts.heads.has(topic) && retention === 'limits' && !held.has(`${topic} ${id}`))
    return `${id} was confirmed, and ${topic} does not hold it at the end`;
  return undefined;
}

function* groupLosses(
  { message: { id, topic } }: PublishStory,
  { groups }: TopicFacts,
  states: ReadonlyMap<string, GroupState>,
  expired: boolean,
  facts: Facts,
): Generator<{ text: string; ids: string[] }> {
  const [sequence] = facts.sequencesOf(topic, id);
  for (const group of sequence === undefined ? [] : groups) {
    const state = states.get(place(topic, sequence, group));
    const dead = facts.deadLetters(topic, group, sequence).size;
    const what = `${id} (${topic} ${sequence}) in group ${group}`;
    if (state?.acked && dead > 0) yield { text: `${what} was acked, and is a dead letter`, ids: [id] };
    if (dead > 1) yield { text: `${what} has ${dead} dead letters`, ids: [id] };
    if (state?.acked || state?.maybeAcked || dead > 0 || expired) continue;
    const end = state?.terminated ? 'was terminated, and has no dead letter' : 'was never settled';
    yield { text: `${what} ${end}; deliveries: ${state?.deliveries ?? 0}`, ids: [id] };
  }
}

/** Topics and ids of what the auditor found. */
function heldAtTheEnd({ history }: Facts): Set<string> {
  const held = new Set<string>();
  for (const event of history.events) {
    if (event.type === 'delivered' && event.actor === AUDITOR) held.add(`${event.topic} ${event.id}`);
  }
  return held;
}

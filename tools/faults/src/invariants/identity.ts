import type { Delivered } from '../history/events';
import { place, type Facts, type PublishStory } from '../history/facts';
import type { Invariant } from './violation';

/** What is in the logs is what was published, once each. */
export const identity: Invariant = {
  name: 'identity',
  promise:
    'A message has one sequence, and a sequence one message; nothing that was refused, and nothing that nobody sent, is there.',
  *check(facts) {
    const epochs = new Map<string, string>();
    const seen = new Map<string, string>();
    for (const event of facts.history.events) {
      if (event.type !== 'delivered') continue;
      yield* changedEpoch(event, epochs);
      const key = place(event.topic, event.sequence);
      const first = seen.get(key);
      const name = nameOf(event);
      if (first === undefined) {
        seen.set(key, name);
        if (event.deadLetter === undefined) yield* origin(event, facts);
      } else if (first !== name) {
        const text = `${event.topic} ${event.sequence} was ${first}, and then ${name}`;
        yield { text, ids: [...new Set([first, event.id])] };
      }
    }
  },
};

/** Dead letters of several groups have the same id. */
function nameOf({ id, deadLetter }: Delivered): string {
  return deadLetter === undefined ? id : `${id} of group ${deadLetter.group ?? '-'}`;
}

function* changedEpoch({ topic, epoch, id }: Delivered, epochs: Map<string, string>) {
  if (epoch === undefined) return;
  const known = epochs.get(topic);
  if (known === undefined) epochs.set(topic, epoch);
  else if (known !== epoch) {
    epochs.set(topic, epoch);
    yield { text: `the epoch of ${topic} changed from ${known} to ${epoch}`, ids: [id] };
  }
}

/** Whether the message that came into sight in a topic may be there. */
function* origin({ topic, id, sequence }: Delivered, facts: Facts) {
  const sequences = [...facts.sequencesOf(topic, id)];
  // Told once, where its first sequence came into sight.
  if (sequences.length > 1 && sequence === sequences[0])
    yield { text: `${id} is in ${topic} more than once: ${sequences.join(', ')}`, ids: [id] };
  const story = facts.published.get(id);
  const fromTransaction = facts.outputs.get(id)?.some((message) => message.topic === topic);
  if (story?.message.topic !== topic && !fromTransaction)
    yield { text: `${id} is in ${topic}, and nobody published it there`, ids: [id] };
  if (story !== undefined && wasRefused(story)) {
    const codes = story.refusals.map(({ code }) => code).join(', ');
    yield { text: `${id} was refused (${codes}), and is in ${topic}`, ids: [id] };
  }
}

/** An attempt without an answer may have been stored before a later one was refused. */
function wasRefused({ attempts, refusals, confirmed }: PublishStory): boolean {
  return confirmed === undefined && refusals.length === attempts;
}

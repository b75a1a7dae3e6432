import { settles } from '../history/events';
import { place, type Facts, type SettleStory } from '../history/facts';
import { StaleDeliveries } from '../history/stale-deliveries';

/** How a message stands in a group at the end, by what its members asked and were answered. */
export interface GroupState {
  /** An ack was answered. */
  acked: boolean;
  /** An ack was sent, has no answer, and the message did not come again after it. */
  maybeAcked: boolean;
  /** A terminate was answered. */
  terminated: boolean;
  deliveries: number;
}

/** The state of every message that was delivered in a group, by topic, sequence and group. */
export function groupStates(facts: Facts): Map<string, GroupState> {
  const states = new Map<string, GroupState>();
  const stale = new StaleDeliveries();
  for (const event of facts.history.events) {
    if (stale.isStale(event)) continue;
    if (event.type === 'delivered' && event.group !== undefined) {
      const state = stateOf(states, place(event.topic, event.sequence, event.group));
      state.deliveries++;
      state.maybeAcked = false;
    } else if (event.type === 'settling') {
      const story = facts.settlings.get(event.request)!;
      for (const sequence of event.sequences)
        note(stateOf(states, place(event.topic, sequence, event.group)), story, facts);
    }
  }
  return states;
}

/** Whether a transaction that has no answer took effect, as far as its publishes tell. */
export function tookEffect({ asked, outcome }: SettleStory, facts: Facts): boolean {
  if (outcome !== 'unknown') return outcome === 'done';
  const seen = facts.seenOf.get(asked.request);
  return asked.publishes?.every(({ topic, id }) => seen?.has(`${topic} ${id}`)) ?? false;
}

function note(state: GroupState, story: SettleStory, facts: Facts): void {
  const { verb } = story.asked;
  if (!settles(verb) || story.outcome === 'refused') return;
  if (verb === 'terminate') state.terminated ||= story.outcome === 'done';
  else if (story.outcome === 'done') state.acked = true;
  else if (verb === 'ack' || tookEffect(story, facts)) state.maybeAcked = true;
}

function stateOf(states: Map<string, GroupState>, key: string): GroupState {
  let state = states.get(key);
  if (state === undefined) {
    state = { acked: false, maybeAcked: false, terminated: false, deliveries: 0 };
    states.set(key, state);
  }
  return state;
}

import { settles, type Delivered, type Settling } from '../history/events';
import { place, type Facts } from '../history/facts';
import { StaleDeliveries } from '../history/stale-deliveries';
import type { Invariant } from './violation';

/** No key overtakes itself within a group. */
export const keyOrder: Invariant = {
  name: 'key-order',
  promise:
    'While a message of a key is unsettled in a group, no later one of that key is delivered there; first deliveries of a key follow the sequences.',
  *check(facts) {
    // The newest message of a key that a group has delivered.
    const newest = new Map<string, Delivered>();
    const settled = new Set<string>();
    const stale = new StaleDeliveries();
    for (const event of facts.history.events) {
      if (stale.isStale(event)) continue;
      if (event.type === 'settling') noteSettled(event, settled, facts);
      // Once more: what was read in between had been sent before, and was settled as well.
      if (event.type === 'settled') noteSettled(facts.settlings.get(event.request)!.asked, settled, facts);
      if (event.type !== 'delivered' || event.group === undefined || event.key === undefined) continue;
      const key = `${event.topic} ${event.group} ${event.key}`;
      const before = newest.get(key);
      if (before === undefined || event.sequence > before.sequence) newest.set(key, event);
      if (before !== undefined) yield* overtaking(event, before, settled, facts);
      // It was delivered again, so what was asked before had no effect.
      settled.delete(place(event.topic, event.sequence, event.group));
    }
  },
};

/** From when it was asked on, if it was not refused: others may see the effect before the answer is read. */
function noteSettled(
  { request, verb, topic, group, sequences }: Settling,
  settled: Set<string>,
  facts: Facts,
) {
  if (!settles(verb) || facts.settlings.get(request)!.outcome === 'refused') return;
  for (const sequence of sequences) settled.add(place(topic, sequence, group));
}

function* overtaking(event: Delivered, before: Delivered, settled: ReadonlySet<string>, facts: Facts) {
  const { topic, group, key, sequence, id, actor, at } = event;
  const where = `${topic}, group ${group}, key ${key}`;
  const ids = [before.id, id];
  if (sequence < before.sequence && !mayBeLate(event, before, facts))
    yield { text: `${where}: ${sequence} was delivered to ${actor} after ${before.sequence}`, ids };
  if (sequence <= before.sequence || settled.has(place(topic, before.sequence, group))) return;
  if (facts.deadLetters(topic, group, before.sequence).size > 0 || facts.mayHaveExpired(before.id, at))
    return;
  yield {
    text: `${where}: ${sequence} was delivered to ${actor} while ${before.sequence} was unsettled`,
    ids,
  };
}

/** Whether it may have waited in a socket until it was a dead letter, and the other was delivered. */
function mayBeLate(event: Delivered, before: Delivered, facts: Facts): boolean {
  const { topic, group, sequence, connection, asOf } = event;
  const died = facts.deadLetters(topic, group, sequence).size > 0;
  return died && connection !== before.connection && asOf <= before.at;
}

import { settles } from '../history/events';
import { place } from '../history/facts';
import { StaleDeliveries } from '../history/stale-deliveries';
import type { Invariant } from './violation';

/** What is settled stays settled, also across restarts. */
export const lastingAcks: Invariant = {
  name: 'lasting-acks',
  promise:
    'A message is not delivered again in a group that was answered that it is acked or terminated there.',
  *check(facts) {
    const settled = new Map<string, string>();
    const stale = new StaleDeliveries();
    for (const event of facts.history.events) {
      if (stale.isStale(event)) continue;
      if (event.type === 'settled' && event.code === undefined) {
        const { verb, topic, group, sequences } = facts.settlings.get(event.request)!.asked;
        if (!settles(verb)) continue;
        for (const sequence of sequences) settled.set(place(topic, sequence, group), verb);
      } else if (event.type === 'delivered' && event.group !== undefined) {
        const verb = settled.get(place(event.topic, event.sequence, event.group));
        if (verb === undefined) continue;
        const text = `${event.topic} ${event.sequence} was delivered to ${event.actor} again, after its ${verb} in group ${event.group} was answered`;
        yield { text, ids: [event.id] };
      }
    }
  },
};

import { settles, type Delivered } from '../history/events';
import { place, type Facts } from '../history/facts';
import { StaleDeliveries } from '../history/stale-deliveries';
import type { Invariant } from './violation';

/** ms; times are whole numbers, and timers may be early by one. */
const MARGIN = 5;

/** A delivery that is in flight, as far as is known. */
interface Held {
  readonly connection: number;
  /** Its ack deadline began then, or later. */
  readonly since: number;
}

/** Who works on a delivery has the time that it was promised, whatever is done to the broker's clock. */
export const ackDeadlines: Invariant = {
  name: 'ack-deadlines',
  promise:
    'While its member is connected and the broker runs, an unsettled delivery does not come again before its ack deadline has passed, which a touch has begin anew.',
  *check(facts) {
    const held = new Map<string, Held>();
    const over = new Set<number>();
    const stale = new StaleDeliveries();
    for (const event of facts.history.events) {
      if (stale.isStale(event)) continue;
      if (event.type === 'closed') over.add(event.connection);
      else if (event.type === 'broker') held.clear();
      else if (event.type === 'settling' && event.verb !== 'touch') {
        for (const sequence of event.sequences) held.delete(place(event.topic, sequence, event.group));
      } else if (event.type === 'settled' && event.code === undefined) noteTouch(event.request, held, facts);
      else if (event.type === 'delivered' && event.group !== undefined) {
        const key = place(event.topic, event.sequence, event.group);
        const before = held.get(key);
        if (before !== undefined && !over.has(before.connection)) yield* early(event, before, facts);
        held.set(key, { connection: event.connection, since: event.asOf });
      }
    }
  },
};

function noteTouch(request: number, held: Map<string, Held>, facts: Facts): void {
  const { verb, topic, group, sequences, connection, at } = facts.settlings.get(request)!.asked;
  if (settles(verb) || verb === 'nack') return;
  for (const sequence of sequences) {
    const key = place(topic, sequence, group);
    if (held.get(key)?.connection === connection) held.set(key, { connection, since: at });
  }
}

function* early({ topic, group, sequence, id, actor, at }: Delivered, { since }: Held, facts: Facts) {
  const deadline = facts.history.topic(topic)?.ackDeadlines[group!] ?? 0;
  if (at + MARGIN >= since + deadline) return;
  const text = `${topic} ${sequence} was delivered to ${actor} again at most ${at - since} ms after its ack deadline of ${deadline} ms in group ${group} began`;
  yield { text, ids: [id] };
}

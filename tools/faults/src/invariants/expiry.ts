import type { Invariant } from './violation';

/**
 * ms that a delivery may be late. The broker looks at the time when it takes a message from the log; then the message
 * has still to get through the turns of its event loop, on a machine whose processors are all busy. What it lies in
 * buffers of sockets does not count: it is known what the broker had read when it sent the delivery (`asOf`).
 */
export const EXPIRY_MARGIN = 1000;

/** Messages that are too old are delivered to nobody. */
export const expiry: Invariant = {
  name: 'expiry',
  promise: `Nothing is delivered more than ${EXPIRY_MARGIN} ms after its ttl has passed, by the broker's own time.`,
  *check(facts) {
    for (const event of facts.history.events) {
      if (event.type !== 'delivered' || event.deadLetter !== undefined) continue;
      const ttl = facts.published.get(event.id)?.message.ttl;
      if (ttl === undefined) continue;
      const late = facts.time.atLeast(event.asOf) - (event.timestamp + ttl);
      if (late <= EXPIRY_MARGIN) continue;
      const text = `${event.id} (${event.topic} ${event.sequence}) was delivered to ${event.actor} at least ${Math.round(late)} ms after its ttl of ${ttl} ms`;
      yield { text, ids: [event.id] };
    }
  },
};

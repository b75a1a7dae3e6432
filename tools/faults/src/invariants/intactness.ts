import type { Delivered, Published } from '../history/events';
import type { Facts } from '../history/facts';
import type { Invariant } from './violation';

/** A message stays what it is, whatever codecs it goes through and whatever travels beside it. */
export const intactness: Invariant = {
  name: 'intactness',
  promise:
    'A message is delivered with the content type, key, priority and headers that it was published with, also as a dead letter.',
  *check(facts) {
    for (const event of facts.history.events) {
      if (event.type !== 'delivered') continue;
      const message = publishedAs(event.id, facts);
      if (message === undefined) continue;
      for (const [field, was, is] of comparison(message, event)) {
        if (was === is) continue;
        const text = `${event.id} was published with the ${field} ${was}, and ${event.actor} got it with ${is}`;
        yield { text, ids: [event.id] };
      }
    }
  },
};

/** By its id; a transaction that is tried again publishes the same. */
function publishedAs(id: string, facts: Facts): Published | undefined {
  return facts.published.get(id)?.message ?? facts.outputs.get(id)?.[0];
}

function comparison(message: Published, event: Delivered): [field: string, was: unknown, is: unknown][] {
  return [
    ['content type', message.contentType, event.contentType],
    ['key', message.key, event.key],
    ['priority', message.priority ?? 0, event.priority ?? 0],
    ['headers', textOf(message.headers), textOf(event.headers)],
  ];
}

function textOf(headers: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.entries(headers).sort());
}

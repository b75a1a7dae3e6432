import type { Invariant } from './violation';

/** What one producer publishes one after another stays in that order, also when it sends again after a cut. */
export const publishOrder: Invariant = {
  name: 'publish-order',
  promise:
    "One producer's messages that are not delayed have sequences in the order in which it published them.",
  *check(facts) {
    const last = new Map<string, { readonly id: string; readonly sequence: number }>();
    for (const { message, actor } of facts.published.values()) {
      const { id, topic, delay } = message;
      const [sequence] = facts.sequencesOf(topic, id);
      if (sequence === undefined || delay !== undefined) continue;
      const key = `${actor} ${topic}`;
      const before = last.get(key);
      if (before !== undefined && before.sequence > sequence) {
        const text = `${actor} published ${before.id} before ${id}; in ${topic} they are ${before.sequence} and ${sequence}`;
        yield { text, ids: [before.id, id] };
      }
      last.set(key, { id, sequence });
    }
  },
};

import type { SettleStory } from '../history/facts';
import { tookEffect } from './group-states';
import type { Invariant } from './violation';

/** Consume, process, produce: each input has its effect exactly once. */
export const singleEffects: Invariant = {
  name: 'single-effects',
  promise:
    'An input that was acked in a transaction has each of its effects exactly once, and any other input none.',
  *check(facts) {
    const processed = new Map<string, number>();
    for (const story of facts.settlings.values()) {
      if (story.asked.verb !== 'transaction' || !tookEffect(story, facts)) continue;
      for (const input of inputsOf(story)) processed.set(input, (processed.get(input) ?? 0) + 1);
    }
    for (const [input, times] of processed) {
      if (times > 1) yield { text: `${input} was processed by ${times} transactions`, ids: [input] };
    }
    for (const [id, [{ topic, of }]] of facts.outputs) {
      if (of === undefined) continue;
      const count = facts.sequencesOf(topic, id).size;
      const due = processed.has(of) ? 1 : 0;
      if (count !== due)
        yield { text: `${topic} has ${count} of ${id}, and should have ${due}`, ids: [id, of] };
    }
  },
};

function inputsOf({ asked }: SettleStory): Set<string> {
  return new Set(asked.publishes?.flatMap(({ of }) => of ?? []));
}

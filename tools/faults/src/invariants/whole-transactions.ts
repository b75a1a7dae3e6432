import type { Facts, SettleStory } from '../history/facts';
import type { Invariant } from './violation';

/** Transactions are not torn. */
export const wholeTransactions: Invariant = {
  name: 'whole-transactions',
  promise:
    'All publishes of a committed transaction are there, none of a refused one, and all or none of one that has no answer.',
  *check(facts) {
    for (const story of facts.settlings.values()) {
      if (story.asked.verb !== 'transaction') continue;
      const { publishes = [] } = story.asked;
      const seen = facts.seenOf.get(story.asked.request)?.size ?? 0;
      // A member that reads late may have an input twice, and then publishes the same ids twice: they are stored once.
      const all = new Set(publishes.map(({ topic, id }) => `${topic} ${id}`)).size;
      if (isWhole(story, seen, all)) continue;
      const how = { done: 'committed', refused: 'refused', unknown: 'not answered' }[story.outcome];
      const text = `a transaction of ${story.asked.actor} was ${how}, and ${seen} of its ${all} publishes are there`;
      yield { text, ids: [...publishes.map(({ id }) => id), ...inputsOf(story, facts)] };
    }
  },
};

function isWhole({ outcome }: SettleStory, seen: number, all: number): boolean {
  if (outcome === 'unknown') return seen === 0 || seen === all;
  return seen === (outcome === 'done' ? all : 0);
}

function inputsOf({ asked }: SettleStory, facts: Facts): string[] {
  return asked.sequences.flatMap((sequence) => facts.idAt(asked.topic, sequence) ?? []);
}

import { isTopicFilter, TopicFilter } from '@pochta/protocol';

/** Whether there may be a topic that both filters match; either may be a topic's name. */
export function filtersMeet(one: string, other: string): boolean {
  if (!isTopicFilter(one)) return new TopicFilter(other).matches(one);
  if (!isTopicFilter(other)) return new TopicFilter(one).matches(other);
  return tokensMeet(one.split('.'), other.split('.'));
}

function tokensMeet(one: readonly string[], other: readonly string[]): boolean {
  for (let index = 0; ; index++) {
    const [a, b] = [one[index], other[index]];
    if (a === undefined || b === undefined) return a === b;
    if (a === '>' || b === '>') return true;
    if (a !== b && a !== '*' && b !== '*') return false;
  }
}

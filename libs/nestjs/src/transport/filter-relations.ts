import { DEAD_LETTER_TOKEN, isTopicFilter, matchesTopicFilter } from '@pochta/protocol';

/** Whether there can be a topic that both filters match. */
export function overlap(a: string, b: string): boolean {
  if (!isTopicFilter(a)) return matchesTopicFilter(b, a);
  if (!isTopicFilter(b)) return matchesTopicFilter(a, b);
  const ours = a.split('.');
  const theirs = b.split('.');
  if (isOfDeadLetters(ours) !== isOfDeadLetters(theirs)) return false;
  for (let i = 0; i < ours.length && i < theirs.length; i++) {
    if (isHidden(ours, i) !== isHidden(theirs, i)) return false;
    if (ours[i] === '>' || theirs[i] === '>') return true;
    if (ours[i] !== '*' && theirs[i] !== '*' && ours[i] !== theirs[i]) return false;
  }
  return ours.length === theirs.length;
}

/** Whether the filter matches every topic that the pattern, a topic or a filter, matches. */
export function covers(filter: string, pattern: string): boolean {
  if (!isTopicFilter(pattern)) return matchesTopicFilter(filter, pattern);
  const wide = filter.split('.');
  const narrow = pattern.split('.');
  for (let i = 0; i < narrow.length; i++) {
    if (isHidden(narrow, i) && wide[i] !== narrow[i]) return false;
    if (wide[i] === '>') return !isHidden(narrow, narrow.length - 1);
    if (narrow[i] === '>') return false;
    if (wide[i] !== '*' && wide[i] !== narrow[i]) return false;
  }
  return wide.length === narrow.length;
}

/** For sorting: the filter that says more of a topic, from its first token on, comes first. */
export function byPrecision(a: string, b: string): number {
  const ours = a.split('.');
  const theirs = b.split('.');
  for (let i = 0; i < ours.length && i < theirs.length; i++) {
    const difference = vagueness(ours[i]) - vagueness(theirs[i]);
    if (difference !== 0) return difference;
  }
  return theirs.length - ours.length;
}

/** Whether the filter matches dead-letter topics, and nothing else. */
function isOfDeadLetters(tokens: readonly string[]): boolean {
  return tokens.length > 1 && tokens.at(-1) === DEAD_LETTER_TOKEN;
}

/** Whether a wildcard in this place would not match the token. */
function isHidden(tokens: readonly string[], i: number): boolean {
  if (i === 0) return tokens[0].startsWith('$');
  return i === tokens.length - 1 && tokens[i] === DEAD_LETTER_TOKEN;
}

function vagueness(token: string): number {
  return token === '>' ? 2 : token === '*' ? 1 : 0;
}

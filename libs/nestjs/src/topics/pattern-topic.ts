import { errorFor } from '@pochta/protocol';

/** What no topic's name may have, and `%`, so that no two patterns share a topic. */
const NOT_IN_NAMES = /[\s\p{Cc}\p{Cs}*>.%]/gu;

/**
 * The topic of a pattern that Nest has normalised (`normalizePattern`). Text is a topic already. A pattern that is an object,
 * as `{ cmd: 'sum' }`, is JSON text then, of which each character that a topic cannot have is percent-encoded, so that
 * publishers and handlers with equal patterns meet.
 */
export function patternTopic(route: string): string {
  return route.startsWith('{"') ? route.replace(NOT_IN_NAMES, encoded) : route;
}

/** Throws `INVALID_FRAME` for what is no pattern: an object must be one that JSON can say, and nothing else has a topic. */
export function checkPattern(pattern: unknown): void {
  if (typeof pattern === 'string' || typeof pattern === 'number') return;
  let cause: unknown;
  try {
    if (typeof pattern === 'object' && JSON.stringify(pattern) !== undefined) return;
  } catch (error) {
    cause = error;
  }
  throw errorFor('INVALID_FRAME', 'topic must be text, a definition, or an object that JSON can say', {
    field: 'topic',
    cause,
  });
}

function encoded(character: string): string {
  const code = character.codePointAt(0)!;
  // The one text that `encodeURIComponent` throws for.
  if (code >= 0xd800 && code <= 0xdfff) return `%u${code.toString(16)}`;
  return code < 0x80 ? `%${code.toString(16).toUpperCase().padStart(2, '0')}` : encodeURIComponent(character);
}

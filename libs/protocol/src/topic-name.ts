import { isUtf8 } from 'node:buffer';
import { MAX_TOPIC_BYTES } from './limits';

const NOT_ALLOWED = /[\s\p{Cc}\p{Cs}]/u;
/** Nothing but letters, digits, `-`, `_`, and single dots between them: the usual name, which needs no other check. */
const PLAIN_NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** What is wrong with the text as a topic's name, to be read behind the field's name; `undefined` when it is fine. */
export function validateTopicName(name: string): string | undefined {
  if (name.length <= MAX_TOPIC_BYTES && PLAIN_NAME.test(name)) return undefined;
  const problem = validateRequestTopic(name);
  if (problem !== undefined) return problem;
  return name.startsWith('$') ? 'must not begin with $, which is reserved' : undefined;
}

/** As `validateTopicName`, for who asks rather than publishes: the names that begin with `$` are the broker's to answer. */
export function validateRequestTopic(name: string): string | undefined {
  if (name.includes('*') || name.includes('>')) return 'must not contain * or >';
  return validateTokens(name);
}

/**
 * What is wrong with the text as a topic filter; `undefined` when it is fine. Every topic's name is a filter too, and
 * so are the reserved names that begin with `$`.
 */
export function validateTopicFilter(filter: string): string | undefined {
  if (filter.length <= MAX_TOPIC_BYTES && PLAIN_NAME.test(filter)) return undefined;
  const problem = validateTokens(filter);
  if (problem !== undefined) return problem;
  const tokens = filter.split('.');
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === '*') continue;
    if (tokens[i] === '>') {
      if (i < tokens.length - 1) return 'must have > as its last token only';
    } else if (/[*>]/.test(tokens[i])) return 'must have * and > as whole tokens only';
  }
  return undefined;
}

/** As `validateTopicName`, for a name as it came over the wire. */
export function validateTopicNameBytes(name: Uint8Array): string | undefined {
  if (!isUtf8(name)) return 'must be UTF-8';
  return validateTopicName(Buffer.from(name.buffer, name.byteOffset, name.length).toString('utf8'));
}

/** Whether the text names several topics. */
export function isTopicFilter(text: string): boolean {
  return text.includes('*') || text.includes('>');
}

function validateTokens(text: string): string | undefined {
  const bytes = text.length > MAX_TOPIC_BYTES ? text.length : Buffer.byteLength(text, 'utf8');
  if (bytes < 1 || bytes > MAX_TOPIC_BYTES) return `must be 1 to ${MAX_TOPIC_BYTES} bytes long`;
  if (NOT_ALLOWED.test(text)) return 'must not contain white space or control characters';
  if (text.startsWith('.') || text.endsWith('.') || text.includes('..')) return 'must not have empty tokens';
  return undefined;
}

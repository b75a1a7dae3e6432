import { DEAD_LETTER_TOKEN, MAX_TOPIC_BYTES, type ErrorCode, type TopicPolicy } from '@pochta/protocol';
import { createHash } from 'node:crypto';

/** Why a message became a dead letter. */
export type DeadLetterReason = 'max-deliveries' | 'terminated' | 'expired' | 'overflow';

/**
 * Headers of a dead letter, beside those that the message had: numbers are in decimals, times in ms since the epoch.
 */
export const DEAD_LETTER_HEADERS = {
  /** Name of the topic it was in. */
  topic: 'dead-letter-topic',
  /** Its sequence there. */
  sequence: 'dead-letter-sequence',
  /** When it was stored there. */
  published: 'dead-letter-published',
  /** When it became a dead letter. */
  time: 'dead-letter-time',
  /** A `DeadLetterReason`. */
  reason: 'dead-letter-reason',
  /** Why, in the words of the consumer that terminated it. */
  detail: 'dead-letter-detail',
  /** The consumer group that gave it up; none when it expired, or the topic was full. */
  group: 'dead-letter-group',
  /** How often it was delivered in that group. */
  deliveries: 'dead-letter-deliveries',
} as const;

/** Hexadecimal digits that tell names apart which are cut. */
const HASH_DIGITS = 16;

/** Whether a topic is a dead-letter topic by its name, `<topic>.dead`. */
export function isDeadLetterName(name: string): boolean {
  return name.endsWith(`.${DEAD_LETTER_TOKEN}`);
}

/**
 * The dead-letter topic that a name and a policy lead to: `deadLetterTopic` of the policy, or else the name with `.dead`
 * behind it. When that is longer than a topic's name may be, the name is cut, and `~` and the first 16 hexadecimal
 * digits of the whole name's SHA-256 are put behind it: `<cut name>~<digits>.dead`.
 */
export function deadLetterTopicOf(name: string, policy: Pick<TopicPolicy, 'deadLetterTopic'>): string {
  if (policy.deadLetterTopic !== '') return policy.deadLetterTopic;
  const ending = `.${DEAD_LETTER_TOKEN}`;
  const bytes = Buffer.from(name);
  if (bytes.length + ending.length <= MAX_TOPIC_BYTES) return name + ending;
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS);
  let end = MAX_TOPIC_BYTES - ending.length - HASH_DIGITS - 1;
  // Not within a character: its bytes behind the first one begin with the bits 10.
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}~${hash}${ending}`;
}

/** Where the dead letters of a topic go; `undefined` for a dead-letter topic, which has none of its own. */
export function deadLetterTarget(
  name: string,
  policy: Pick<TopicPolicy, 'deadLetterTopic'>,
): string | undefined {
  const target = deadLetterTopicOf(name, policy);
  return isDeadLetterName(name) || target === name ? undefined : target;
}

/** Which dead letters are to be moved back; what is left out does not matter. */
export interface RedriveFilter {
  /** The topic they came from. */
  readonly topic?: string;
  readonly group?: string;
  readonly reason?: DeadLetterReason;
  /** From this sequence in the dead-letter topic on. */
  readonly fromSequence?: number;
  /** Up to this sequence in the dead-letter topic. */
  readonly toSequence?: number;
  /** Most messages to move. */
  readonly limit?: number;
}

export interface RedriveResult {
  readonly moved: number;
  /** Matched, and stayed: their topic is gone, full, or kept by another engine. */
  readonly stayed: number;
  /** Why it ended early, when it did after some had been moved; the rest was not looked at, and stays. */
  readonly failure?: ErrorCode;
}

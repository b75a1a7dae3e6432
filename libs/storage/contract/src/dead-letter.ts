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
}

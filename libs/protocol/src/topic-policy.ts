/**
 * What happens to a publish when a topic is at its limit: refuse it (`TOPIC_FULL`), remove the oldest messages, or move
 * them to the dead-letter topic.
 */
export type OverflowPolicy = 'reject' | 'drop-oldest' | 'dead-letter';

/** Where a topic's messages are kept. Fixed when the topic is created. */
export type StoragePolicy = 'disk' | 'memory';

/** How long a message stays: until a limit removes it, or until every group has acked it as well. */
export type RetentionPolicy = 'limits' | 'work-queue';

/** How a topic treats its messages. */
export interface TopicPolicy {
  /** Most messages the topic holds; default 1,000. */
  readonly maxMessages: number;
  /** Most payload bytes the topic holds; default: no limit. */
  readonly maxBytes: number;
  /** ms after which a message is removed; default: no limit. */
  readonly maxAge: number;
  /** What happens at `maxMessages` and `maxBytes`; default `reject`. */
  readonly overflow: OverflowPolicy;
  /** Default `limits`. With `work-queue` and no group, messages stay. */
  readonly retention: RetentionPolicy;
  /** Only the last message of each key is kept; default false. Fixed when the topic is created. */
  readonly compact: boolean;
  /** Default `disk`. */
  readonly storage: StoragePolicy;
  /** ms that a `messageId` is remembered; default 120,000. 0 turns deduplication off. */
  readonly dedupeWindow: number;
  /** Most message ids remembered; default 1,000,000. The oldest are forgotten first. */
  readonly dedupeIds: number;
  /** Where dead letters go; default `''`: the topic's name with `.dead` behind it. */
  readonly deadLetterTopic: string;
  /** Whether expired messages (`ttl`, `maxAge`) become dead letters, or are dropped; default false. */
  readonly deadLetterExpired: boolean;
  /** Deliveries to a new group after which a message that fails again becomes a dead letter; default 5. */
  readonly maxDeliveries: number;
  /** ms that members of a new group have to settle a delivery; default 30,000. */
  readonly ackDeadline: number;
  /** ms until a message comes again to a new group after its first failed delivery; default 1,000. */
  readonly backoffMin: number;
  /** The longest such wait, in ms; default 60,000. */
  readonly backoffMax: number;
}

export const DEFAULT_TOPIC_POLICY: TopicPolicy = {
  maxMessages: 1000,
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxAge: Number.MAX_SAFE_INTEGER,
  overflow: 'reject',
  retention: 'limits',
  compact: false,
  storage: 'disk',
  dedupeWindow: 120_000,
  dedupeIds: 1_000_000,
  deadLetterTopic: '',
  deadLetterExpired: false,
  maxDeliveries: 5,
  ackDeadline: 30_000,
  backoffMin: 1000,
  backoffMax: 60_000,
};

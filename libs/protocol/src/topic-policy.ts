/** What happens to a publish when a topic is at its limit: refuse it (`TOPIC_FULL`), or remove the oldest messages. */
export type OverflowPolicy = 'reject' | 'drop-oldest';

/** Where a topic's messages are kept. Fixed when the topic is created. */
export type StoragePolicy = 'disk' | 'memory';

/** How a topic treats its messages. */
export interface TopicPolicy {
  /** Most messages the topic holds; default 1,000. */
  readonly maxMessages: number;
  /** Most payload bytes the topic holds; default: no limit. */
  readonly maxBytes: number;
  /** What happens at a limit; default `reject`. */
  readonly overflow: OverflowPolicy;
  /** Default `disk`. */
  readonly storage: StoragePolicy;
  /** ms that a `messageId` is remembered; default 120,000. 0 turns deduplication off. */
  readonly dedupeWindow: number;
  /** Most message ids remembered; default 1,000,000. The oldest are forgotten first. */
  readonly dedupeIds: number;
}

export const DEFAULT_TOPIC_POLICY: TopicPolicy = {
  maxMessages: 1000,
  maxBytes: Number.MAX_SAFE_INTEGER,
  overflow: 'reject',
  storage: 'disk',
  dedupeWindow: 120_000,
  dedupeIds: 1_000_000,
};

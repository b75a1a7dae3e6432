import type { FilterStartPosition, StartPosition } from '@pochta/protocol';
import type { GroupConfig } from '@pochta/storage-contract';

/** What makes a subscription a member of a consumer group. */
export interface GroupOptions {
  readonly name: string;
  /** Most messages in flight to it, in all of its topics together; default 100. */
  readonly prefetch?: number;
  /** What is left out is as the group is or, for a new group, as the topic's policy says. */
  readonly config?: Partial<GroupConfig>;
}

/** What a connection asked for with one `subscribe`. */
export interface SubscribeOptions {
  /** A topic, or a topic filter. */
  readonly topic: string;
  /** Default `earliest`. Topic by topic only for a filter. */
  readonly from?: StartPosition | FilterStartPosition;
  /** The subscription's name; default: the topic or filter, and, for a member of a group, a space and the group. */
  readonly name?: string;
  /** Whether its messages are pushed with their sequence, time, headers and so on. Default: only with a group. */
  readonly meta?: boolean;
  /** The consumer group to be a member of. */
  readonly group?: GroupOptions;
}

/** One `subscribe` of one connection: to a topic, or to all topics that match a filter. */
export interface Subscription {
  readonly name: string;
  /** The topic or filter. */
  readonly topic: string;
  /** The consumer group that it is a member of. */
  readonly group: string | undefined;
  /** The topic's epoch; `undefined` for a filter. */
  readonly epoch: string | undefined;
  /** Where it began in its topic: no lower sequence is pushed; `undefined` for a filter or a group. */
  readonly sequence: number | undefined;
  /** Of a group in one topic: its ack deadline, in ms. */
  readonly ackDeadline?: number;
  /** When a subscription to a filter began, in ms since the epoch; `undefined` for one topic or a group. */
  readonly time: number | undefined;
  /** Messages that are in flight to it, where it is a member of a consumer group. */
  readonly inFlight?: number | undefined;
  /**
   * Begins to push: call it once the subscriber knows that it is subscribed. Calls back once, when all that its topics
   * held has been pushed, or when it is closed.
   */
  start(onCaughtUp?: () => void): void;
  /** The next sequence of this topic to push; `Infinity` when it does not push it, or not yet, or for a group. */
  positionIn(topic: string): number;
  /** Goes on after the outlet was full. */
  resume(): void;
  close(): void;
}

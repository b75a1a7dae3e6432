import type { FilterStartPosition, StartPosition } from '@pochta/protocol';

/** What a connection asked for with one `subscribe`. */
export interface SubscribeOptions {
  /** A topic, or a topic filter. */
  readonly topic: string;
  /** Default `earliest`. Topic by topic only for a filter. */
  readonly from?: StartPosition | FilterStartPosition;
  /** The subscription's name; default: the topic or filter. */
  readonly name?: string;
  /** Whether its messages are pushed with their sequence, time, headers and so on. Default false. */
  readonly meta?: boolean;
}

/** One `subscribe` of one connection: to a topic, or to all topics that match a filter. */
export interface Subscription {
  readonly name: string;
  /** The topic or filter. */
  readonly topic: string;
  /** The topic's epoch; `undefined` for a filter. */
  readonly epoch: string | undefined;
  /** Where it began in its topic: no lower sequence is pushed; `undefined` for a filter. */
  readonly sequence: number | undefined;
  /** When a subscription to a filter began, in ms since the epoch; `undefined` for one topic. */
  readonly time: number | undefined;
  /** Messages that are in flight to it, where it is a member of a consumer group. */
  readonly inFlight?: number;
  /**
   * Begins to push: call it once the subscriber knows that it is subscribed. Calls back once, when all that its topics
   * held has been pushed, or when it is closed.
   */
  start(onCaughtUp?: () => void): void;
  /** The next sequence of this topic to push; `Infinity` when it does not push the topic, or not yet. */
  positionIn(topic: string): number;
  /** Goes on after the outlet was full. */
  resume(): void;
  close(): void;
}

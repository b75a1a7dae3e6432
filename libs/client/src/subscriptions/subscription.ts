import type { FilterStartPosition, GapReason, StartPosition } from '@pochta/protocol';
import type { ReceivedMessage } from './received-message';

/** Messages that were removed before the subscription was sent them. */
export interface Gap {
  readonly topic: string;
  /** First sequence that was missed. */
  readonly from: number;
  /** Last sequence that was missed. */
  readonly to: number;
  /** Why; `unknown` when the client found the hole by the sequences. With `epoch` the numbers may mean nothing. */
  readonly reason: GapReason | 'unknown';
}

export interface SubscribeOptions<T = unknown> {
  /** For a member of a consumer group: see `GroupSubscribeOptions`. */
  readonly group?: undefined;
  /** Where to begin; default `earliest`. Topic by topic only for a filter. */
  readonly from?: StartPosition | FilterStartPosition;
  /**
   * Messages waiting for the consumer, above which the subscription is taken off the wire; it is resumed from its
   * sequence when the consumer has caught up, so that nothing is lost and the socket stays readable. Default 4,096.
   */
  readonly bufferSize?: number;
  /** Payload bytes waiting for the consumer, with the same effect. Default 8 MiB. */
  readonly bufferBytes?: number;
  /**
   * Receives the messages instead of an iterator, one at a time: when it returns a promise, the next message waits for
   * it. What it throws is told by the client's `handlerFailed`, and the subscription goes on.
   */
  readonly onMessage?: (message: ReceivedMessage<T>) => void | Promise<void>;
  /**
   * Told of messages that were removed before they could be delivered, in order with the messages around them. Without
   * it the client's `gap` event tells, and when nobody listens there either, a process warning: never a silent hole.
   */
  readonly onGap?: (gap: Gap) => void;
  /** Before the broker's answer: gives up, with `ABORTED`. After it: unsubscribes, and the iteration ends. */
  readonly signal?: AbortSignal;
}

/**
 * A position in a topic, or in each topic that a filter matches. It survives lost connections: the client subscribes
 * again from the next sequence, and delivers no message twice and none not at all, unless it tells of a gap.
 *
 * Without `onMessage`, iterate over it, once: `for await (const message of subscription)`. Leaving the loop
 * unsubscribes. The iteration ends after `unsubscribe`, `drain`, an aborted signal, or the client's `close`; it throws
 * when the subscription failed (say, the broker refused to resume it, or the client gave up reconnecting).
 */
export interface Subscription<T = unknown> extends AsyncIterable<ReceivedMessage<T>> {
  /** The topic or filter. */
  readonly topic: string;
  /** Resolves when nothing more will be delivered: with the error if the subscription failed. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Ends the subscription now; messages still waiting are dropped. */
  unsubscribe(): Promise<void>;
  /** Takes no more messages from the broker; resolves when the consumer has done with those already here. */
  drain(): Promise<void>;
}

import type { BackoffOptions, FilterStartPosition, StartPosition } from '@pochta/protocol';
import type { Gap } from '../subscription';
import type { Delivery } from './delivery';

/** What the members of a group agree on. Fixed by the first one, which creates the group. */
export interface GroupSettings {
  /** Where a new group begins; default `earliest`. One that exists goes on where it is. */
  readonly from?: StartPosition | FilterStartPosition;
  /** ms to settle a delivery, 10 to 2,147,483,647. Left out: as the group is; for a new one the topic's policy, 30,000. */
  readonly ackDeadline?: number;
  /** Deliveries after which a message that fails again becomes a dead letter, 1 to 1,000. Left out: likewise, 5. */
  readonly maxDeliveries?: number;
  /** ms until a message that failed comes again: from `min`, doubling, up to `max`. Left out: likewise, 1 s to 60 s. */
  readonly backoff?: BackoffOptions;
}

export interface GroupSubscribeOptions<T = unknown> extends GroupSettings {
  /** The consumer group to be a member of; 1 to 255 characters. */
  readonly group: string;
  /** Most deliveries that are unsettled here, 1 to 65,535; with a filter, of all topics together. Default 100. */
  readonly prefetch?: number;
  /**
   * Receives the deliveries instead of an iterator. When it is done, or its promise has resolved, the client acks; when
   * it throws, the client nacks, so that the message comes again after the group's backoff; when it throws a
   * `TerminateError`, the client terminates. A delivery that it has settled by itself, or in a transaction, is left alone.
   * What it throws is told by the client's `handlerFailed` in any case.
   */
  readonly onMessage?: (delivery: Delivery<T>) => void | Promise<void>;
  /** `onMessage`, or somebody else, settles each delivery by its verbs. Default false. Iterators always do so. */
  readonly manualAck?: boolean;
  /**
   * Deliveries that `onMessage` is given at a time; default `prefetch`. They begin in their order; with 1 they are handled
   * in it.
   */
  readonly concurrency?: number;
  /**
   * ms after which an unsettled delivery is touched, again and again, so that a long handler keeps it, and those that
   * wait behind it are kept as well. Default: half of the group's ack deadline (of a group over a filter: of `ackDeadline`,
   * or else 15,000); with `manualAck` or an iterator, never. 0: never. A handler that hangs keeps its delivery as long as
   * the connection lasts.
   */
  readonly touchInterval?: number;
  /** As for plain subscriptions. A gap of a group is told once, to one of its members. */
  readonly onGap?: (gap: Gap) => void;
  /** Before the broker's answer: gives up, with `ABORTED`. After it: leaves the group at once. */
  readonly signal?: AbortSignal;
}

/**
 * A membership in a consumer group: the members share the messages of a topic, or of each topic that a filter matches.
 *
 * Without `onMessage`, iterate over it, once, and settle each delivery. After a lost connection the client joins again.
 * What was unsettled comes again then, here or elsewhere: handlers under way go on, but settling their deliveries is void.
 */
export interface GroupSubscription<T = unknown> extends AsyncIterable<Delivery<T>> {
  /** The topic or filter. */
  readonly topic: string;
  readonly group: string;
  /** Deliveries that are unsettled here: they wait, or are being handled. */
  readonly unsettled: number;
  /** How many settlements were void, ever (`NOT_IN_FLIGHT`): their messages came, or will come, again. */
  readonly voidSettlements: number;
  /** Resolves when nothing more will be delivered: with the error if the subscription failed. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /**
   * Leaves the group in order: takes nothing new, gives back what waits, lets `onMessage` finish what it has begun (or the
   * loop its turn), settles that, and leaves. To leave at once, abort the `signal`.
   */
  unsubscribe(): Promise<void>;
  /** The same as `unsubscribe`. */
  drain(): Promise<void>;
}

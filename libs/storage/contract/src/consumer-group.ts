import type { StartPosition, StoredBatch } from '@pochta/protocol';
import type { Hole } from './message-store';

/** Most consumer groups of one topic, with every engine. */
export const MAX_GROUPS = 1000;

/** How a consumer group treats its messages. Fixed when the group is created. */
export interface GroupConfig {
  /** ms after which a delivery that is not settled counts as failed, and the message comes again. */
  readonly ackDeadline: number;
  /** Deliveries after which a message that fails again becomes a dead letter. */
  readonly maxDeliveries: number;
  /** ms until a message comes again after its first failed delivery; doubles with each further one, ±20 %. */
  readonly backoffMin: number;
  /** The longest such wait, in ms. */
  readonly backoffMax: number;
}

export interface GroupOptions {
  /** Where a group that does not exist yet begins; an existing one goes on where it is. Default `earliest`. */
  readonly from?: StartPosition;
  /** What is left out is as the group is, or, for a new group, as the topic's policy says. */
  readonly config?: Partial<GroupConfig>;
}

export interface GroupInfo {
  readonly topic: string;
  readonly name: string;
  readonly config: GroupConfig;
  /** All messages below this sequence are acked, or gone. */
  readonly ackFloor: number;
  /** Messages that are with a member, unsettled. */
  readonly inFlight: number;
  /** Messages that failed and wait until they are due again, or that wait for their key's turn. */
  readonly waiting: number;
  /**
   * Messages held that the group has neither acked nor handed out, nor waits for: the topic's `messages`, less those that
   * the group has acked, less those in flight that are held still, less `waiting`.
   */
  readonly backlog: number;
  /** Messages that were removed (overflow, age, expiry, purge) before the group acked them, ever. */
  readonly lost: number;
  /** Messages that became dead letters, ever. */
  readonly deadLetters: number;
  /** Members on this broker. */
  readonly members: number;
}

/** Messages on their way to a member: consecutive sequences that are delivered for the same time. */
export interface Delivery {
  readonly batch: StoredBatch;
  /** Attempts so far, this one included. */
  readonly deliveryCount: number;
}

/** What one fetch gives: deliveries, in the order they are to be sent. Both are empty when nothing can be had now. */
export interface GroupPage {
  /** Messages that were removed before the group got them; told once, to one member. */
  readonly holes: readonly Hole[];
  readonly deliveries: readonly Delivery[];
}

/** Hears what a group has for its members. Must not throw. */
export interface GroupListener {
  /**
   * Something may be fetched that could not be before: a commit, a wait that is over, messages handed back; or a fetch
   * ended early, because there was much to look at that it could not give. Need not be told again until a fetch has given
   * less than it was asked for.
   */
  onReady(): void;
  /** The group, or its topic, was deleted or reset; nothing that was handed out can be settled any more. */
  onClosed(): void;
}

/**
 * Payload bytes that may be in flight to one member: with as many, it gets no more until some are settled. So no verb
 * has more to move in one commit. One message is always given.
 */
export const MAX_IN_FLIGHT_BYTES = 64 << 20;

/**
 * One member's share of a group. A message that it fetched is in flight to it until it is settled, its ack deadline
 * passes, or the member leaves.
 *
 * The verbs take sequences that are in flight to this member, and settle all of them or none: with another one among
 * them they reject with `NOT_IN_FLIGHT` and a `sequences` detail that lists those. Their promises resolve once that
 * is durable. A message that was removed while it was in flight is acked as if it were there.
 */
export interface GroupMember {
  /** How many messages are in flight to it now. */
  readonly inFlight: number;
  /** As many bytes are in flight to it as may be (`MAX_IN_FLIGHT_BYTES`): a fetch gives nothing until some are settled. */
  readonly full: boolean;
  /**
   * The next messages for this member: by priority, then by sequence, at most one unsettled of each key, about
   * `maxBytes` of payloads and at most `maxMessages`. One call at a time.
   */
  fetch(maxMessages: number, maxBytes: number): Promise<GroupPage>;
  /** Done with them. */
  ack(sequences: readonly number[]): Promise<void>;
  /** They failed: they come again after `delay` ms, by default the group's backoff, or become dead letters. */
  nack(sequences: readonly number[], delay?: number): Promise<void>;
  /** They can never be handled: they become dead letters. */
  terminate(sequences: readonly number[], reason?: string): Promise<void>;
  /** Their ack deadlines begin anew. Not durable: a restart hands everything back. */
  touch(sequences: readonly number[]): Promise<void>;
  /** Hands back what was fetched and not sent; that does not count as a delivery. Others are passed over. */
  release(sequences: readonly number[]): void;
  /** Hands back all that is in flight; that does not count as a delivery. What was asked before is still done. */
  leave(): void;
}

/** A consumer group of one topic: competing consumers that share its messages. */
export interface ConsumerGroup {
  readonly topic: string;
  readonly name: string;
  readonly config: GroupConfig;
  /** At least how many messages a fetch could give now; 0 when none. For sharing them out fairly. */
  readonly ready: number;
  join(listener: GroupListener): GroupMember;
}

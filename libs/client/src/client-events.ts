import type { PochtaError } from '@pochta/protocol';
import type { SettleVerb } from './subscriptions/groups/delivery';
import type { Gap } from './subscriptions/subscription';

/** What a client tells, by name. */
export interface ClientEvents {
  /** The connection is lost. */
  disconnected: {
    /** `host:port`. */
    readonly server: string;
    /** Why: its `code` and message. */
    readonly reason: PochtaError;
    /** Whether the client will try to come back. */
    readonly reconnecting: boolean;
  };
  /** An attempt to connect failed. */
  attemptFailed: {
    readonly server: string;
    readonly reason: PochtaError;
    /** Failed attempts in a row. */
    readonly attempt: number;
    /** ms until the next attempt; `undefined` when there is none. */
    readonly delay: number | undefined;
  };
  /** Connected again: subscriptions resume, unconfirmed publishes are on their way. */
  reconnected: { readonly server: string };
  /** The client is closed for good; `reason` unless it was asked to. */
  closed: { readonly reason: PochtaError | undefined };
  /** Messages were removed before a subscription without `onGap` was sent them. */
  gap: Gap;
  /** `onMessage`, `onGap` or a listener threw. A process warning when nobody listens. */
  handlerFailed: {
    readonly topic: string | undefined;
    /** The consumer group, when it was a member's callback. */
    readonly group: string | undefined;
    readonly error: unknown;
  };
  /**
   * A delivery was settled in vain, and no promise told, or `NOT_IN_FLIGHT` alone: its message came, or will come, again.
   * That is what happens to handlers that are slower than their ack deadline or outlive their connection, so it is worth
   * a line in a debug log. A process warning when nobody listens and the broker gave another reason.
   */
  settlementFailed: {
    readonly topic: string;
    readonly group: string;
    readonly sequence: number;
    readonly verb: SettleVerb;
    readonly error: PochtaError;
  };
}

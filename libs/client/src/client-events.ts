import type { PochtaError } from '@pochta/protocol';
import type { Gap } from './subscription';

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
  handlerFailed: { readonly topic: string | undefined; readonly error: unknown };
}

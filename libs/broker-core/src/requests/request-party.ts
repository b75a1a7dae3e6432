import type { Payload, PochtaError } from '@pochta/protocol';
import type { Outlet } from '../outlet';
import type { PartyRequests } from './party-requests';

/**
 * One part of a reply, the end behind its last part, or why there is no reply. Only after a part with `more` does
 * anything else come.
 */
export type ReplyPart =
  | { readonly message: Payload; readonly more: boolean }
  | { readonly end: true }
  | { readonly error: PochtaError | { readonly code: string; readonly message: string } };

export type OnReply = (part: ReplyPart) => void;

/** Someone who asks, or who answers requests: a connection. */
export interface RequestParty {
  readonly outlet: Outlet;
  /** The router keeps them here. */
  readonly requests: PartyRequests;
}

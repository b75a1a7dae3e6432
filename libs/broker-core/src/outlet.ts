import type { ForwardedCancel, PochtaError, PushStyle, ForwardedRequest } from '@pochta/protocol';
import type { Hole } from '@pochta/storage-contract';
import type { OutgoingBatch } from './outgoing-batch';

/** What a push is for: a subscription, or the part of one to a filter, in one topic. */
export interface SubscribedTopic {
  readonly topic: string;
  readonly style: PushStyle;
}

/**
 * Where a connection's messages leave the core: a socket's outbox, or a handler in this process. Its methods must not
 * throw. Pushes are handed over only while `writable`; when it becomes true again the owner calls
 * `connection.resume()`, and the subscriptions go on from where they stand.
 */
export interface Outlet {
  readonly writable: boolean;
  /**
   * Whoever looks at the payloads after this call asks `lease?.keep()` of the batch's messages for it, or takes a look
   * within the call: otherwise their memory may be given back, and to look at them throws.
   */
  push(outgoing: OutgoingBatch, subscription: SubscribedTopic): void;
  /** Messages were removed before this subscription was sent them. */
  gap(hole: Hole, subscription: SubscribedTopic): void;
  /** Whether requests should go to other responders, because this one does not take what it has been sent. */
  readonly overloaded?: boolean;
  /** Whether replies to own requests must fail, because so much waits unread that memory would not last. */
  readonly swamped?: boolean;
  request(request: ForwardedRequest): void;
  cancel(cancel: ForwardedCancel): void;
  /**
   * The connection cannot go on, because the store failed, or is not to: an administrator closes it. The peer must be
   * told by ending the connection; the error is the last that it hears.
   */
  failed(error: PochtaError): void;
}

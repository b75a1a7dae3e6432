import type { PublishOptions, RawPublishOptions } from '../publish/publish-options';
import type { Delivery } from '../subscriptions/groups/delivery';

/**
 * Gathers what is to be done all together or not at all: at most 1,000 operations, where the acks of one topic and group
 * are one for each 10,000. Nothing is sent before the function that was given it is done; afterwards it takes no more.
 */
export interface Transaction {
  /** Throws `INVALID_FRAME`. A message id is added, as for every publish. */
  publish(topic: string, value: unknown, options?: Omit<PublishOptions, 'signal'>): void;
  /** As `publish`, for bytes that go out as they are: of the content type given, or one JSON value. */
  publishRaw(topic: string, bytes: Uint8Array, options?: Omit<RawPublishOptions, 'signal'>): void;
  /** Throws `NOT_IN_FLIGHT` for a delivery that is settled, or cannot be any more, and `INVALID_FRAME`. */
  ack(delivery: Delivery): void;
}

export interface TransactionOptions {
  /** ms until the answer; default the client's `requestTimeout`. Without acks at most its `resendWindow`. */
  readonly timeout?: number;
  /** Stops waiting, with `ABORTED`. What was written by then may be done. */
  readonly signal?: AbortSignal;
}

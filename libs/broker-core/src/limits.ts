/** Limits of the broker's domain. What goes beyond one is answered with its error code; pages only end there. */
export interface BrokerLimits {
  /** Topics that may exist; default 100,000. `TOO_MANY_TOPICS`. */
  readonly maxTopics: number;
  /** Subscriptions of one connection; default 1,000. `TOO_MANY_SUBSCRIPTIONS`. */
  readonly maxSubscriptions: number;
  /**
   * Positions of all subscriptions together: one for each topic that a subscription reads, and one for each token of a
   * filter; default 500,000. `TOO_MANY_SUBSCRIPTIONS`.
   */
  readonly maxPositions: number;
  /** Topics that one connection may respond on; default 1,000. `TOO_MANY_SUBSCRIPTIONS`. */
  readonly maxResponders: number;
  /** Unanswered requests of one connection; default 10,000. `TOO_MANY_REQUESTS`. */
  readonly maxRequests: number;
  /** ms that a request waits for its reply when it does not say; default 30,000. `REQUEST_TIMEOUT`. */
  readonly requestTimeout: number;
  /** Messages of one page that a subscription reads from the store; default 1,024. */
  readonly pageMessages: number;
  /** Payload bytes of one page; default 64 KiB. */
  readonly pageBytes: number;
  /**
   * Bytes that the caches of what topics were sent last may take together; default 64 MiB; 0: nothing is cached. Subscriptions
   * that were held back go on from there; what does not fit is read from the store.
   */
  readonly maxHeadBytes: number;
}

export const DEFAULT_BROKER_LIMITS: BrokerLimits = {
  maxTopics: 100_000,
  maxSubscriptions: 1000,
  maxPositions: 500_000,
  maxResponders: 1000,
  maxRequests: 10_000,
  requestTimeout: 30_000,
  pageMessages: 1024,
  pageBytes: 64 * 1024,
  maxHeadBytes: 64 * 1024 * 1024,
};

/** What publishes of one call have in common. */
export interface PublishManyOptions {
  /** Free key/value pairs, passed on as they are; at most 64. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What messages that belong together share: the unit of order in a group and of compaction; 1 to 255 characters. */
  readonly key?: string;
  /** 0 (default) to 9, the highest. A group and `get` take the highest first; plain subscriptions keep the order. */
  readonly priority?: number;
  /** ms after which the message becomes due, up to 366 days; 0: at once. Not together with `deliverAt`. */
  readonly delay?: number;
  /**
   * When the message becomes due, in ms since the epoch, by the broker's clock. More than 366 days ahead, or more than
   * an hour past, is `DELAY_OUT_OF_RANGE`; a shorter time past means at once.
   */
  readonly deliverAt?: number;
  /** ms that the message lives once it is due, at most 366 days. Default: as long as the topic's `maxAge`. */
  readonly ttl?: number;
  /**
   * Stops waiting, with `ABORTED`. A publish that was not written yet is taken back; one that was may be stored, but is
   * not sent again.
   */
  readonly signal?: AbortSignal;
}

/** Of bytes that are published as they are. */
export interface RawPublishOptions extends PublishOptions {
  /** MIME type of the bytes, 1 to 255 printable ASCII characters; left out, they are one JSON value. */
  readonly contentType?: string;
}

export interface PublishOptions extends PublishManyOptions {
  /** How a repeat is known within the topic's dedupe window; 1 to 255 characters; default a fresh one each time. */
  readonly messageId?: string;
}

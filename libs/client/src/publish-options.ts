/** What publishes of one call have in common. */
export interface PublishManyOptions {
  /** Free key/value pairs, passed on as they are; at most 64. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What messages that belong together share: the unit of order in a group and of compaction. */
  readonly key?: string;
  /** 0 (default) to 9, the highest. */
  readonly priority?: number;
  /** ms after which the message becomes due. Not together with `deliverAt`. */
  readonly delay?: number;
  /** When the message becomes due, in ms since the epoch. */
  readonly deliverAt?: number;
  /** ms that the message lives once it is due. */
  readonly ttl?: number;
  /**
   * Stops waiting, with `ABORTED`. A publish that was not written yet is taken back; one that was may be stored, but is
   * not sent again.
   */
  readonly signal?: AbortSignal;
}

export interface PublishOptions extends PublishManyOptions {
  /** How a repeat is known within the topic's dedupe window; default a fresh one for each publish. */
  readonly messageId?: string;
}

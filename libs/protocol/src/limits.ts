/** Limits of the wire. Each can be set in the configuration unless it says otherwise. */
export interface WireLimits {
  /** Bytes of one frame, its separator not counted. Default 1 MiB. `FRAME_TOO_LARGE`, and the connection closes. */
  readonly maxFrameBytes: number;
  /** Levels of objects and arrays in one JSON frame, the frame's own braces counted. Default 64. `INVALID_FRAME`. */
  readonly maxDepth: number;
  /** ms that a frame may stay incomplete. Default 30,000. `FRAME_TIMEOUT`, and the connection closes. */
  readonly frameTimeout: number;
  /** Bytes of a connection's unconfirmed publishes or unread answers, above which it is not read from. Default 4 MiB. */
  readonly maxBacklogBytes: number;
}

export const DEFAULT_LIMITS: WireLimits = {
  maxFrameBytes: 1024 * 1024,
  maxDepth: 64,
  frameTimeout: 30_000,
  maxBacklogBytes: 4 * 1024 * 1024,
};

/** Bytes of a topic's name or a filter. Fixed. */
export const MAX_TOPIC_BYTES = 255;
/** Characters of a group's, a subscription's or a key's name, of a message id, and of a request's id. Fixed. */
export const MAX_NAME_LENGTH = 255;
/** Number of a message's headers. Fixed. */
export const MAX_HEADERS = 64;
/** Sequences that one `ack`, `nack`, `terminate` or `touch` may name. Fixed. */
export const MAX_SEQUENCES = 10_000;
/** Topics that the `from` of one `subscribe` to a filter may name. Fixed. */
export const MAX_START_TOPICS = 10_000;
/** Messages that are in flight to a member of a consumer group at most, unless it says how many. Fixed. */
export const DEFAULT_PREFETCH = 100;
/** The highest prefetch that a subscription may ask for. Fixed. */
export const MAX_PREFETCH = 65_535;
/** The most deliveries after which a group may give a message up. Fixed. */
export const MAX_DELIVERIES = 1000;
/** The shortest ack deadline, in ms. Fixed. */
export const MIN_ACK_DEADLINE = 10;
/** Operations of one transaction. Fixed. */
export const MAX_OPERATIONS = 1000;
/** The longest wait that a frame may ask for, in ms (about 24 days): what a timer can hold. Fixed. */
export const MAX_WAIT = 2 ** 31 - 1;
/** The longest `delay` and `ttl` of a message, and how far ahead its `deliverAt` may be, in ms: 366 days. Fixed. */
export const MAX_DELAY = 366 * 24 * 3600 * 1000;
/** The highest priority of a message; the lowest, and the default, is 0. Fixed. */
export const MAX_PRIORITY = 9;

export interface RequestOptions {
  /**
   * ms until the reply, or between two parts of it, 1 to 2,147,483,647; default the client's `requestTimeout`.
   * `REQUEST_TIMEOUT`.
   */
  readonly timeout?: number;
  /** Free key/value pairs for the responder; at most 64. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up, with `ABORTED`; the responder is told. */
  readonly signal?: AbortSignal;
}

/** A request as its responder gets it. */
export interface IncomingRequest<T = unknown> {
  readonly topic: string;
  /** The payload, parsed at the first reading. */
  readonly value: T;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Aborted when nobody waits for the reply any more: the requester gave up, or the connection was lost. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request with a JSON value, or with any number of them by returning an async iterable (an async generator),
 * each of which goes out as it is yielded. What it throws reaches the requester as its error: a `PochtaError` with its code,
 * anything else as `REQUEST_FAILED` with its message.
 */
export type RequestHandler<T = unknown> = (request: IncomingRequest<T>) => unknown;

export interface RespondOptions {
  /** Before the broker's answer: gives up, with `ABORTED`. After it: stops the responder. */
  readonly signal?: AbortSignal;
}

export interface Responder {
  readonly topic: string;
  /** Takes no more requests, and has the broker send none; resolves when those under way are answered. */
  stop(): Promise<void>;
}

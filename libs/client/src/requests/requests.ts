import type { PochtaError } from '@pochta/protocol';
import type { RawPayload } from '../payload';

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

/** Of a request whose payload is bytes as they are. */
export interface RawRequestOptions extends RequestOptions {
  /** MIME type of the bytes, 1 to 255 printable ASCII characters; left out, they are one JSON value. */
  readonly contentType?: string;
}

/**
 * Hears what becomes of a request: any number of replies with `more`, then exactly one of a reply without `more`, `onEnd`,
 * and `onError`. What these throw is told by `handlerFailed`, and changes nothing.
 */
export interface RequestObserver {
  /** The reply, or a part of one; with `more`, other parts or the end are to come. */
  onReply(reply: RawPayload, more: boolean): void;
  /** A reply in parts is over, and all of its parts were told before; it may have none. */
  onEnd(): void;
  onError(error: PochtaError): void;
}

/** A request as its responder gets it. */
export interface IncomingRequest<T = unknown> {
  readonly topic: string;
  /** The payload, parsed at the first reading; `bytes` itself when it was sent as something else than JSON. */
  readonly value: T;
  /** May keep the chunk they came in alive: copy them to keep them for long. */
  readonly bytes: Uint8Array;
  /** MIME type of the payload; `undefined` for JSON. */
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Aborted when nobody waits for the reply any more: the requester gave up, or the connection was lost. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request with a JSON value or a `RawPayload`, or with any number of them by returning an async iterable (an async
 * generator), each of which goes out as it is yielded. What it throws reaches the requester as its error: a `PochtaError`
 * with its code, a `ResponderError` with the responder's own, anything else as `REQUEST_FAILED` with its message.
 */
export type RequestHandler<T = unknown> = (request: IncomingRequest<T>) => unknown;

/** A reason to refuse a request. */
export interface ReplyError {
  /** One of Pochta's codes, or one of the responder's own, 1 to 255 characters; default `REQUEST_FAILED`. */
  readonly code?: string;
  readonly message: string;
}

/**
 * Where the reply to one request goes: any number of parts, then one of `send`, `end` and `fail`. Once it is over nothing
 * goes out any more, and nothing is thrown. A value is JSON, or a `RawPayload`. Each of them throws `INVALID_FRAME` or
 * `FRAME_TOO_LARGE` for what cannot be sent, and the reply is still open then.
 */
export interface Reply {
  /** Whether the reply is complete, or nobody waits for it any more. */
  readonly over: boolean;
  /** The reply, or its last part. */
  send(value: unknown): void;
  /** A part; others or the end are to come. */
  part(value: unknown): void;
  /** Ends a reply whose parts have all been sent. */
  end(): void;
  /** Refuses. Of an `Error` that is no `PochtaError`, the message only. */
  fail(error: ReplyError): void;
  /** Calls back when nobody waits for the reply any more, if that happens before it is complete; at once if it has. */
  onCancel(listener: (reason: PochtaError) => void): void;
}

/** Answers a request when it likes, without a promise. What it throws is replied as with a `RequestHandler`. */
export type ReplyHandler<T = unknown> = (request: IncomingRequest<T>, reply: Reply) => void;

export interface RespondOptions {
  /** Before the broker's answer: gives up, with `ABORTED`. After it: stops the responder. */
  readonly signal?: AbortSignal;
}

export interface Responder {
  readonly topic: string;
  /** Takes no more requests, and has the broker send none; resolves when those under way are answered. */
  stop(): Promise<void>;
}

import type { PochtaError } from '@pochta/protocol';
import type { ClientEvents } from './client-events';
import type { RawPayload } from './payload';
import type { PublishManyOptions, PublishOptions, RawPublishOptions } from './publish/publish-options';
import type {
  RawRequestOptions,
  ReplyHandler,
  RequestHandler,
  RequestObserver,
  RequestOptions,
  RespondOptions,
  Responder,
} from './requests/requests';
import type { GroupSubscribeOptions, GroupSubscription } from './subscriptions/groups/consumer-group';
import type { SubscribeOptions, Subscription } from './subscriptions/subscription';
import type { Transaction, TransactionOptions } from './transactions/transaction';

/**
 * - `connecting`: for the first time
 * - `reconnecting`: the connection was lost; publishes are buffered, other calls wait
 * - `draining`: finishing what is in flight
 */
export type ClientStatus = 'connecting' | 'connected' | 'reconnecting' | 'draining' | 'closed';

export interface WaitOptions {
  /** Gives up waiting, with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** ms that a drain takes at most, unless it is told otherwise. */
export const DEFAULT_DRAIN_TIMEOUT = 30_000;

export interface DrainOptions {
  /** Closes at once. */
  readonly signal?: AbortSignal;
  /** ms after which what is still unfinished is given up; default 30,000. */
  readonly timeout?: number;
}

/** What a drain left unfinished when it closed: all zero unless its time or its signal ended it, or the client closed. */
export interface DrainResult {
  /** Publishes that were neither confirmed nor refused; they have rejected. */
  readonly unconfirmed: number;
  /** Messages and requests that a consumer or a responder still works on. */
  readonly handling: number;
  /** Acks and whatever else was asked of the broker, without an answer. */
  readonly unanswered: number;
}

/**
 * One connection to a Pochta broker, kept up through reconnects. Get one from `connect`.
 *
 * Every method rejects with a `PochtaError`; tell errors apart by `code`. Any of them may reject with
 * `CONNECTION_CLOSED` (the client is closed), `ABORTED` (the signal) or `INVALID_FRAME` (an argument).
 */
export interface Client {
  readonly name: string;
  readonly status: ClientStatus;
  /** `host:port` of the broker, while connected. */
  readonly server: string | undefined;
  /** Publishes that are neither confirmed nor refused yet. */
  readonly unconfirmed: number;
  /** Resolves when the client has closed: with the reason unless it was asked to. Never rejects. */
  readonly closed: Promise<PochtaError | undefined>;

  /**
   * Publishes a JSON value, or a `RawPayload`. Resolves on the broker's confirm: the message is as durable as the topic's
   * policy promises.
   *
   * Sent again after a lost connection until confirmed, with the same message id, so that it is stored once. Publishes
   * of one client reach each topic in the order of the calls. A refusal is the caller's to repeat, retriable or not:
   * `TOPIC_FULL`, `VALIDATION_FAILED`, `FORBIDDEN`, … Rejects with `BUFFER_FULL` when too much is unconfirmed: wait for
   * `flush`; and with `OUTCOME_UNKNOWN` when the resend window passed, or the client was closed, before the confirm.
   */
  publish(topic: string, value: unknown, options?: PublishOptions): Promise<void>;

  /**
   * Publishes bytes as they are: of the `contentType` given, or, without one, a JSON value, which is checked. They are
   * copied at once.
   */
  publishRaw(topic: string, bytes: Uint8Array, options?: RawPublishOptions): Promise<void>;

  /**
   * Publishes values in order, with one promise for all. Rejects with `PublishManyError`, which says which failed; the
   * others are stored. `BUFFER_FULL` (a plain `PochtaError`) means that none was sent.
   */
  publishMany(topic: string, values: readonly unknown[], options?: PublishManyOptions): Promise<void>;

  /** Resolves when every publish made so far is confirmed or refused. Does not reject for those that are refused. */
  flush(options?: WaitOptions): Promise<void>;

  /**
   * Becomes a member of a consumer group, whose members share the messages, and which is created if there is none. Rejects
   * with `GROUP_MISMATCH` when the options contradict the group, and with `ALREADY_SUBSCRIBED` for a second membership of
   * this client in the same group of the same topic or filter.
   */
  subscribe<T = unknown>(topic: string, options: GroupSubscribeOptions<T>): Promise<GroupSubscription<T>>;

  /**
   * Subscribes to a topic, or to all topics that a filter matches (`*` one token, a final `>` the rest). Resolves once
   * the broker has answered. Rejects with `ALREADY_SUBSCRIBED` for a second subscription to the same topic or filter.
   */
  subscribe<T = unknown>(topic: string, options?: SubscribeOptions<T>): Promise<Subscription<T>>;

  /**
   * Publishes and acks all together or not at all: `gather` says what, then one frame is sent. Resolves once it is
   * committed, durably; a transaction of nothing is not sent.
   *
   * Rejects, with nothing done, with what `gather` threw or the broker's reason: `TOPIC_FULL`, `TOPIC_UNKNOWN`,
   * `NOT_IN_FLIGHT`, `NOT_SUPPORTED` (a topic kept in memory), `FRAME_TOO_LARGE`; deliveries that it acks can then be
   * settled in another way. Rejects with `OUTCOME_UNKNOWN` when there was no answer: if it was not committed, the messages
   * that it acks come again. After a lost connection one of publishes alone is sent again, within its timeout; one with
   * acks never is.
   */
  transaction(
    gather: (transaction: Transaction) => void | Promise<void>,
    options?: TransactionOptions,
  ): Promise<void>;

  /**
   * Takes the next message off the topic: it is removed for everyone. `undefined` when the topic is empty.
   *
   * Never sent twice: when the connection is lost before the answer, it rejects with `OUTCOME_UNKNOWN`, and the message
   * may be gone. So it may be when the wait is aborted.
   */
  get<T = unknown>(topic: string, options?: WaitOptions): Promise<T | undefined>;

  /**
   * Asks whoever responds on the topic; resolves with the reply's value (the first part of a reply in parts).
   *
   * Rejects with `NO_RESPONDERS`, `REQUEST_TIMEOUT`, the responder's error (`ResponderError` when its code is one
   * of its own), or `OUTCOME_UNKNOWN` when the connection was lost while waiting: the responder may have acted. While
   * disconnected it waits, within its timeout, to be sent.
   */
  request<T = unknown>(topic: string, value: unknown, options?: RequestOptions): Promise<T>;

  /** As `request`, with bytes as they are, and the reply as it came; `undefined` for a reply in parts that has none. */
  requestRaw(topic: string, bytes: Uint8Array, options?: RawRequestOptions): Promise<RawPayload | undefined>;

  /** As `request`, for a reply in parts. Sent when the iteration begins; leaving the loop cancels the request. */
  requestMany<T = unknown>(topic: string, value: unknown, options?: RequestOptions): AsyncIterable<T>;

  /** As `requestMany`, with bytes as they are, and the parts as they came. */
  requestManyRaw(topic: string, bytes: Uint8Array, options?: RawRequestOptions): AsyncIterable<RawPayload>;

  /**
   * As `requestMany`, without a promise: for very many requests, or where callbacks are what is wanted. The value is JSON, or a
   * `RawPayload`. What is wrong later is told to the observer, with the codes of `request`; parts are not buffered.
   *
   * Returns a function that gives the request up: the responder is told, and the observer hears nothing any more. Throws
   * `INVALID_FRAME`, and `CONNECTION_CLOSED` when the client is closed.
   */
  startRequest(
    topic: string,
    value: unknown,
    observer: RequestObserver,
    options?: RequestOptions,
  ): () => void;

  /** Answers requests on a topic. Registered again after a lost connection. Handlers run side by side. */
  respond<T = unknown>(
    topic: string,
    handler: RequestHandler<T>,
    options?: RespondOptions,
  ): Promise<Responder>;

  /**
   * As `respond`, without a promise: the handler replies by the `reply` it is given, at once or later. A request that is
   * never replied to is over when the requester's timeout is.
   */
  respondWith<T = unknown>(
    topic: string,
    handler: ReplyHandler<T>,
    options?: RespondOptions,
  ): Promise<Responder>;

  /** Listens to an event; returns a function that stops listening. */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void;

  /**
   * Closes in order: subscriptions and responders take nothing new, members of groups give back what waits, consumers
   * finish what they have (and may still
   * publish), acks, confirms and replies are awaited, then the client closes. Calls that would begin something new reject
   * with `CONNECTION_CLOSED`. Never rejects for what failed on the way; resolves with what was left.
   */
  drain(options?: DrainOptions): Promise<DrainResult>;

  /**
   * Closes at once. Publishes that were written and not confirmed reject with `OUTCOME_UNKNOWN`, everything else that
   * waits with `CONNECTION_CLOSED`. May be called twice.
   */
  close(): Promise<void>;
}

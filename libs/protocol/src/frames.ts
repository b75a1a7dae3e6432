/**
 * The frames of the wire, independent of the codec that carries them: what a client may ask (`ClientFrame`) and what
 * the broker may say (`BrokerFrame`). Both unions are closed: a switch over them ends in `assertNever`.
 */
import type { ErrorCode } from './errors/error-table';

/** A client's name for a request; the answer carries it back. */
export type RequestId = string | number;

/** A message as it travels: bytes, which are JSON text unless `contentType` says otherwise. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
}

/** From this sequence on. With `epoch`, only if the topic's epoch is still that one; otherwise a gap, then earliest. */
export interface TopicPosition {
  readonly sequence: number;
  readonly epoch?: string;
}

/** Where a subscription begins, in one topic or alike in each that a filter matches. */
export type StartPosition =
  | 'earliest'
  | 'new'
  | 'last'
  | TopicPosition
  /** From the first message stored at or after this time, in ms since the epoch. */
  | { readonly time: number };

/** Where a subscription to a filter begins, topic by topic. Topics that are created later begin at `earliest`. */
export interface FilterStartPosition {
  /** By topic. Topics that do not exist, or that the filter does not match, are passed over. */
  readonly topics: Readonly<Record<string, TopicPosition>>;
  /** In the topics there are that `topics` does not name; default `earliest`. */
  readonly otherwise?: 'earliest' | 'new' | { readonly time: number };
}

export function isByTopic(from: StartPosition | FilterStartPosition): from is FilterStartPosition {
  return typeof from === 'object' && 'topics' in from;
}

interface Request {
  readonly id?: RequestId;
}

export interface PublishFrame extends Request {
  readonly action: 'publish';
  readonly topic: string;
  readonly message: Payload;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  readonly delay?: number;
  readonly deliverAt?: number;
  readonly ttl?: number;
  readonly messageId?: string;
}
/** How long a message that failed waits until it comes again to a consumer group. What is left out is as the group is. */
export interface BackoffOptions {
  /** ms after its first failed delivery; doubles with each further one. */
  readonly min?: number;
  /** The longest such wait, in ms. */
  readonly max?: number;
}

export interface SubscribeFrame extends Request {
  readonly action: 'subscribe';
  /** A topic, or a topic filter. */
  readonly topic: string;
  /** A `FilterStartPosition` only for a filter. */
  readonly from?: StartPosition | FilterStartPosition;
  /** The consumer group whose member this subscription is. */
  readonly group?: string;
  /** Only with `group`: most messages in flight; default 100. */
  readonly prefetch?: number;
  /** Only with `group`: ms to settle a delivery. Left out, as the three below: as the group is, or the topic's policy. */
  readonly ackDeadline?: number;
  /** Only with `group`: deliveries after which a message that fails again becomes a dead letter. */
  readonly maxDeliveries?: number;
  /** Only with `group`. */
  readonly backoff?: BackoffOptions;
  readonly meta?: boolean;
  readonly subscription?: string;
}
export interface UnsubscribeFrame extends Request {
  readonly action: 'unsubscribe';
  readonly topic?: string;
  readonly group?: string;
  readonly subscription?: string;
}
export interface GetFrame extends Request {
  readonly action: 'get';
  readonly topic: string;
}
interface Settlement extends Request {
  readonly topic: string;
  readonly group: string;
  readonly sequences: readonly number[];
}
export interface AckFrame extends Settlement {
  readonly action: 'ack';
}
export interface NackFrame extends Settlement {
  readonly action: 'nack';
  readonly delay?: number;
}
export interface TerminateFrame extends Settlement {
  readonly action: 'terminate';
  readonly reason?: string;
}
export interface TouchFrame extends Settlement {
  readonly action: 'touch';
}
export interface TransactionFrame extends Request {
  readonly action: 'transaction';
  readonly operations: readonly (PublishFrame | AckFrame)[];
}
export interface RequestFrame extends Request {
  readonly action: 'request';
  readonly topic: string;
  readonly message: Payload;
  readonly headers?: Readonly<Record<string, string>>;
  /** ms; 30,000 by default. */
  readonly timeout?: number;
}
export interface RespondFrame extends Request {
  readonly action: 'respond';
  readonly topic: string;
}
/** Takes the registration of a `respond` back. */
export interface UnrespondFrame extends Request {
  readonly action: 'unrespond';
  readonly topic: string;
}
/** With neither `message` nor `error`, it ends a reply in parts: all parts have been sent before. */
export interface ReplyFrame extends Request {
  readonly action: 'reply';
  readonly correlationId: string;
  readonly message?: Payload;
  /** Refuses the request; the requester gets it as its error. */
  readonly error?: { readonly code?: string; readonly message: string };
  /** Only with a message: it is a part, and others, or the end, are to come. */
  readonly more?: boolean;
}
export interface CancelFrame extends Request {
  readonly action: 'cancel';
  /** The `id` of an own request. */
  readonly id: RequestId;
}
export interface AuthFrame extends Request {
  readonly action: 'auth';
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  readonly jwt?: string;
}
export interface PingFrame extends Request {
  readonly action: 'ping';
}
/** The one-topic shorthand: publishes to the topic `test`. */
export interface SendFrame {
  readonly action: 'send';
  readonly text: Payload;
}
/** The one-topic shorthand: live messages of the topic `test`. */
export interface ListenFrame {
  readonly action: 'listen';
}
/** The one-topic shorthand: all that the topic `test` holds; `get` without a topic. */
export interface PeekFrame {
  readonly action: 'peek';
}

export type ClientFrame =
  | PublishFrame
  | SubscribeFrame
  | UnsubscribeFrame
  | GetFrame
  | AckFrame
  | NackFrame
  | TerminateFrame
  | TouchFrame
  | TransactionFrame
  | RequestFrame
  | RespondFrame
  | UnrespondFrame
  | ReplyFrame
  | CancelFrame
  | AuthFrame
  | PingFrame
  | SendFrame
  | ListenFrame
  | PeekFrame;

/** Every frame a decoder hands over one by one: publishes come in runs instead (`PublishRun`). */
export type ControlFrame = Exclude<ClientFrame, PublishFrame>;

/** Why messages were removed before a subscription was sent them. */
export type GapReason = 'overflow' | 'age' | 'expired' | 'taken' | 'purged' | 'compacted' | 'epoch';

/** The texts of successful answers, fixed because clients match them. */
export const SUCCESS_TEXT = {
  publish: 'Published',
  subscribe: 'Subscribed',
  unsubscribe: 'Unsubscribed',
  ack: 'Acknowledged',
  nack: 'Negatively acknowledged',
  terminate: 'Terminated',
  touch: 'Extended',
  transaction: 'Committed',
  respond: 'Responding',
  unrespond: 'Stopped responding',
  auth: 'Authenticated',
  ping: 'pong',
  cancel: 'Cancelled',
} as const;

export interface SuccessAnswer {
  readonly type: 'success';
  readonly id?: RequestId;
  /** One of `SUCCESS_TEXT`, or the message that a `get` took or a `request` was answered with. */
  readonly message: string | Payload;
  /** `subscribe`: the subscription's name. */
  readonly subscription?: string;
  /** `subscribe` to one topic: see `docs/protocol.md`, Semantics. */
  readonly epoch?: string;
  /** `subscribe` to one topic: where the subscription stands. No message of a lower sequence will be pushed. */
  readonly sequence?: number;
  /** `subscribe` to a filter: when the subscription began by the broker's clock, in ms since the epoch. */
  readonly time?: number;
  /** `subscribe` with a group, to one topic: the group's ack deadline, in ms. */
  readonly ackDeadline?: number;
  /** `get` on an empty topic: `NO_MESSAGES`. */
  readonly code?: 'NO_MESSAGES';
  /** A reply in parts: more are to come. */
  readonly more?: boolean;
  /** A reply in parts is over: this answer is no part of it, and its message is `null`. */
  readonly end?: true;
}
export interface ErrorAnswer {
  readonly type: 'error';
  readonly id?: RequestId;
  readonly code: ErrorCode | (string & {});
  readonly message: string;
  /** `NOT_IN_FLIGHT`: the sequences that are not in flight. */
  readonly sequences?: readonly number[];
  /** Binary frames, without an `id`: how many publishes in a row it refuses; 1 when absent. */
  readonly publishes?: number;
}
export interface GapFrame {
  readonly type: 'gap';
  readonly topic: string;
  readonly subscription?: string;
  readonly group?: string;
  /** First sequence that was not sent. */
  readonly from: number;
  /** Last sequence that was not sent. */
  readonly to: number;
  readonly reason: GapReason;
  /** The topic's epoch from here on, when the reason is `epoch`. */
  readonly epoch?: string;
}
/** A request on its way to a responder. */
export interface ForwardedRequest {
  readonly type: 'request';
  readonly topic: string;
  readonly correlationId: string;
  readonly message: Payload;
  readonly headers?: Readonly<Record<string, string>>;
}
/** Tells a responder that nobody waits for its reply any more. */
export interface ForwardedCancel {
  readonly type: 'cancel';
  readonly correlationId: string;
}
/** Every frame of the broker's but pushes, which go out by the batch. */
export type BrokerFrame = SuccessAnswer | ErrorAnswer | GapFrame | ForwardedRequest | ForwardedCancel;

/** Closes a switch over a union: a new member does not compile until it has a case. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}

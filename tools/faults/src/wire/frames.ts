import type {
  AckFrame,
  GapReason,
  GetFrame,
  NackFrame,
  PingFrame,
  RequestId,
  SubscribeFrame,
  TerminateFrame,
  TouchFrame,
  UnsubscribeFrame,
} from '@pochta/protocol';
import type { Payload } from './payload';

/** A publish, whose payload is one of the tool's. With a `contentType` it travels as opaque bytes. */
export interface Publish {
  readonly action: 'publish';
  readonly topic: string;
  readonly message: Payload;
  readonly contentType?: string;
  readonly id?: RequestId;
  readonly messageId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  readonly delay?: number;
  readonly deliverAt?: number;
  readonly ttl?: number;
}

export interface Transaction {
  readonly action: 'transaction';
  readonly id?: RequestId;
  readonly operations: readonly (Publish | AckFrame)[];
}

/** A request to the broker itself. */
export interface AdminRequest {
  readonly action: 'request';
  readonly topic: string;
  readonly message: object;
  readonly id?: RequestId;
}

/** Requests without payloads. */
export type PlainRequest =
  | SubscribeFrame
  | UnsubscribeFrame
  | GetFrame
  | AckFrame
  | NackFrame
  | TerminateFrame
  | TouchFrame
  | PingFrame;

/** What actors ask, whatever codec carries it. */
export type Request = Publish | Transaction | AdminRequest | PlainRequest;

/** An answer to a request. */
export interface Answer {
  readonly status: 'success' | 'error';
  readonly message: unknown;
  readonly id?: RequestId;
  readonly code?: string;
  /** `subscribe`: where the subscription stands. */
  readonly epoch?: string;
  readonly sequence?: number;
  /** `NOT_IN_FLIGHT`: those that are not. */
  readonly sequences?: readonly number[];
}

export interface PushFrame {
  readonly type: 'push';
  readonly topic: string;
  /** The payload's value, also of one that came as opaque bytes. */
  readonly message: unknown;
  readonly contentType?: string;
  readonly sequence: number;
  readonly timestamp: number;
  readonly epoch?: string;
  readonly group?: string;
  readonly key?: string;
  readonly priority?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly deliveryCount?: number;
}

export interface GapFrame {
  readonly type: 'gap';
  readonly topic: string;
  readonly group?: string;
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

import type { GapReason } from '@pochta/protocol';

/** An answer to a request. */
export interface Answer {
  readonly status: 'success' | 'error';
  readonly message: unknown;
  readonly id?: number;
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
  readonly message: unknown;
  readonly sequence: number;
  readonly timestamp: number;
  readonly epoch?: string;
  readonly group?: string;
  readonly key?: string;
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

/** What the broker says in JSON lines to those who do not respond to requests. */
export type IncomingFrame = (Answer & { readonly type?: undefined }) | PushFrame | GapFrame;

/** The payload of every message that the tool publishes. */
export interface Payload {
  /** The message's id. */
  readonly m: string;
  /** The transaction that published it. */
  readonly t?: number;
  /** Makes messages differ in length. */
  readonly pad?: string;
}

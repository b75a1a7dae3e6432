import type { GapReason } from '@pochta/protocol';

/**
 * What an actor saw or did, or what was done to the broker. `at` is this process's wall clock, in ms since the epoch,
 * which is never stepped. Connections have numbers that are never used again.
 */
export type Event =
  | Opened
  | Closed
  | Sent
  | Confirmed
  | Refused
  | Delivered
  | Gap
  | Settling
  | Settled
  | Taking
  | Taken
  | Purging
  | Purged
  | ClockStep
  | BrokerRun
  | Audited
  | Unexpected;

interface Seen {
  readonly at: number;
}

interface ByActor extends Seen {
  readonly actor: string;
  readonly connection: number;
}

export interface Opened extends ByActor {
  readonly type: 'opened';
}

export interface Closed extends ByActor {
  readonly type: 'closed';
}

/** What a message is published with. Its id is its `messageId`, and in its payload. */
export interface Published {
  readonly id: string;
  readonly topic: string;
  /** Of an opaque payload. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  /** ms. */
  readonly ttl?: number;
  /** ms. */
  readonly delay?: number;
  /** ms since the epoch; only given to be refused. */
  readonly deliverAt?: number;
  /** Id of the input whose effect it is. */
  readonly of?: string;
}

/** A publish was sent, for the first time or again. */
export interface Sent extends ByActor {
  readonly type: 'sent';
  readonly message: Published;
}

export interface Confirmed extends ByActor {
  readonly type: 'confirmed';
  readonly id: string;
}

export interface Refused extends ByActor {
  readonly type: 'refused';
  readonly id: string;
  readonly code: string;
}

/** Where a dead letter comes from, as its headers say. */
export interface DeadLetterOrigin {
  readonly topic: string;
  readonly sequence: number;
  readonly group?: string;
  readonly reason: string;
}

export interface Delivered extends ByActor {
  readonly type: 'delivered';
  readonly topic: string;
  readonly id: string;
  readonly sequence: number;
  /** When the message was stored, by the broker's clock. */
  readonly timestamp: number;
  readonly epoch?: string;
  readonly contentType?: string;
  /** But for those of dead letters. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  readonly group?: string;
  readonly deliveryCount?: number;
  /**
   * When the last request was sent that had been answered on this connection before: the broker sent this delivery
   * after that.
   */
  readonly asOf: number;
  /** The transaction that published it, as its payload says. */
  readonly transaction?: number;
  readonly deadLetter?: DeadLetterOrigin;
}

export interface Gap extends ByActor {
  readonly type: 'gap';
  readonly topic: string;
  readonly group?: string;
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

export type Verb = 'ack' | 'nack' | 'terminate' | 'touch' | 'transaction';

/** Whether a group is done with a message after it. */
export function settles(verb: Verb): boolean {
  return verb !== 'nack' && verb !== 'touch';
}

/** A member asked to settle deliveries, or to do it in a transaction with publishes. */
export interface Settling extends ByActor {
  readonly type: 'settling';
  /** The answer's `request`. */
  readonly request: number;
  readonly verb: Verb;
  readonly topic: string;
  readonly group: string;
  readonly sequences: readonly number[];
  readonly publishes?: readonly Published[];
}

/** The broker's answer. A request whose connection ended before it has none. */
export interface Settled extends Seen {
  readonly type: 'settled';
  readonly request: number;
  /** Why it was refused; `undefined` when it was done. */
  readonly code?: string;
}

/** A message was asked for with a `get`. */
export interface Taking extends ByActor {
  readonly type: 'taking';
  /** The answer's `request`. */
  readonly request: number;
  readonly topic: string;
}

/** The broker's answer. A request whose connection ended before it has none. */
export interface Taken extends Seen {
  readonly type: 'taken';
  readonly request: number;
  /** Of the message; `undefined` when there was none. */
  readonly id?: string;
}

export interface Purging extends ByActor {
  readonly type: 'purging';
  /** The answer's `request`. */
  readonly request: number;
  readonly topic: string;
}

export interface Purged extends Seen {
  readonly type: 'purged';
  readonly request: number;
}

/** The broker's wall clock is about to be, or has been, set to real time plus `offset` ms. */
export interface ClockStep extends Seen {
  readonly type: 'clock';
  readonly offset: number;
  readonly done: boolean;
}

export interface BrokerRun extends Seen {
  readonly type: 'broker';
  readonly state: 'started' | 'killed';
}

/** All that the topic holds has been read by the auditor. */
export interface Audited extends Seen {
  readonly type: 'audited';
  readonly topic: string;
  /** The sequence that the next message will get. */
  readonly head: number;
}

/** The broker answered something that no actor has a use for, or nothing happened for too long. */
export interface Unexpected extends Seen {
  readonly type: 'unexpected';
  readonly actor: string;
  readonly text: string;
}

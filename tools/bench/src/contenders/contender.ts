/** A running program under test. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** How to talk to a program under test with bytes that are made once, so that the client is not the limit. */
export interface WireForm {
  /** What a subscriber sends, and what it is sent before the first message. */
  readonly subscribe: string;
  readonly subscribed: string;
  /** What a publisher sends before it begins, and what it is sent then. */
  readonly hello: string;
  readonly welcome: string;
  /** One message, as it is published and as it is delivered. */
  readonly publish: string;
  readonly delivery: string;
  /** The confirm of one message; empty when the program confirms nothing. */
  readonly confirm: string;
}

/** The same for a member of a consumer group and the publisher of its topic. */
export interface GroupForm {
  /** What a member sends, and how the answer begins. */
  readonly subscribe: string;
  readonly subscribed: string;
  readonly publish: string;
  readonly confirm: string;
  /** How every delivery begins; its sequence comes behind that. */
  readonly delivery: string;
  /** An ack is the head, sequences with commas between them, and the tail. */
  readonly ackHead: string;
  readonly ackTail: string;
  readonly acked: string;
}

export interface Contender {
  readonly name: string;
  /** The others' figures are given as ratios of this one's. */
  readonly reference?: boolean;
  start(): Promise<Running>;
  /** `payload` is a JSON object's text. */
  wireForm(payload: string): WireForm;
  /** Where the program has consumer groups. `prefetch`: most messages that a member has and has not acked. */
  groupForm?(topic: string, payload: string, prefetch: number): GroupForm;
}

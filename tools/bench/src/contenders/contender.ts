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

export interface Contender {
  readonly name: string;
  /** The others' figures are given as ratios of this one's. */
  readonly reference?: boolean;
  start(): Promise<Running>;
  /** `payload` is a JSON object's text. */
  wireForm(payload: string): WireForm;
}

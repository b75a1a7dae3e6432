/** What is sent. Whatever a message says, it is an object, and JSON on the wire. */
export type Message = object;

/** A system's own Node client, used as its documentation says: with objects, and one call and one promise a message. */
export interface PlainClient {
  /** Resolves once the client holds it sent, or confirmed where there are confirms. */
  publish(message: Message): Promise<unknown>;
  /** Every message from now on. Resolves once it is subscribed. */
  subscribe?(take: (message: Message) => void): Promise<unknown>;
  /** As the one member of a group, from the oldest message on, which acks each message once it is taken. */
  consume?(prefetch: number, take: (message: Message) => void): Promise<unknown>;
  request?(message: Message): Promise<Message>;
  respond?(answer: (message: Message) => Message): Promise<unknown>;
  /** Resolves once all that was sent has gone out. */
  close(): Promise<unknown>;
}

export interface PlainClientOptions {
  readonly port: number;
  readonly topic: string;
  /** Messages that the topic holds at least, where somebody keeps them. Default 100,000. */
  readonly limit?: number;
  /** Whether many calls are under way at once, where a client has a setting for that. */
  readonly many?: boolean;
}

export const HOST = '127.0.0.1';
/** The one group of a topic. */
export const GROUP = 'workers';
export const DEFAULT_LIMIT = 100_000;

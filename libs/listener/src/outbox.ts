import type { Encoding } from '@pochta/broker-core';

/**
 * What goes out to one peer. Answers leave before the pushes of the same turn: a reader may see a message a moment
 * before its publisher's confirm is there, and `Published` goes before the push of the same message.
 */
export interface Outbox {
  /** Bytes that the peer has not taken, here and in the socket. */
  readonly backlog: number;
  /** Whether there is room for pushes. After it was `false`, `onRoom` is called once there is. */
  readonly writable: boolean;
  /** One or more answers, one encoding. */
  answer(bytes: Uint8Array): void;
  /** One or more pushes, one encoding. */
  push(bytes: Uint8Array): void;
  /** Pushes of a batch, whose lease is held until they are sent. */
  pushAll(encoding: Encoding): void;
  /** A push that somebody waits for; the first of many may leave before the last is made. */
  hasten(bytes: Uint8Array): void;
  /** What comes from now on leaves after everything up to now, pushes as well. */
  seal(): void;
  /** Ends the socket once all is written. Nothing may follow. */
  end(): void;
  /** Forgets what was not written. */
  discard(): void;
}

/**
 * Turns values into payloads and back. The broker passes payloads on as they are; a codec is a matter between publishers
 * and handlers.
 */
export interface PayloadCodec {
  /** MIME type on the wire; `undefined` for JSON, which is what the broker takes a payload for that has none. */
  readonly contentType: string | undefined;
  /** May give a promise, say, for a schema registry. What it throws rejects the publish or the request. */
  encode(value: unknown, topic: string): Uint8Array | Promise<Uint8Array>;
  /** May give a promise of the value. What it throws makes the message a dead letter: it would throw again. */
  decode(bytes: Uint8Array, topic: string): unknown;
}

/**
 * Turns values into payloads and back. The broker passes payloads on as they are; a codec is a matter between publishers
 * and handlers.
 */
export interface PayloadCodec {
  /** MIME type on the wire; `undefined` for JSON, which is what the broker takes a payload for that has none. */
  readonly contentType: string | undefined;
  /**
   * Whether the bytes alone say what they mean, so that the codec reads payloads of its content type on any topic. Default
   * false: it needs a schema, and reads those of its own topics only.
   */
  readonly selfDescribing?: boolean;
  /**
   * May give a promise, say, for a schema registry. What it throws rejects the publish or the request. The bytes are the
   * caller's: they must not be part of a buffer that is written again.
   */
  encode(value: unknown, topic: string): Uint8Array | Promise<Uint8Array>;
  /** May give a promise of the value. What it throws makes the message a dead letter: it would throw again. */
  decode(bytes: Uint8Array, topic: string): unknown;
}

import type { PayloadCodec } from './payload-codec';

/** Which codec goes with a topic, and which with a payload that came in. */
export interface CodecTable {
  /** How payloads of the topic are written: by the topic's name, else by the first filter that matches, else JSON. */
  forTopic(topic: string): PayloadCodec;
  /**
   * How a payload that came in is read: by the topic's own codec when the content type is that codec's, else by any codec
   * of the table with that content type. `undefined`: nobody knows it, and the handler is given the bytes.
   */
  forContent(topic: string, contentType: string | undefined): PayloadCodec | undefined;
}

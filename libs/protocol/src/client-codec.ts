/** The seam between a client's connection and the codec it speaks: the mirror image of `codec.ts`. No I/O. */
import type { Compression } from './binary/compression';
import type { PochtaError } from './errors/pochta-error';
import type { BrokerFrame, ClientFrame, RequestId } from './frames';
import type { MessageBatch } from './message-batch';
import type { Push } from './push';

/** Hears what a decoder finds, in the order of the bytes. */
export interface BrokerFrameSink {
  /** `count` confirms (`Published`) without an `id`, one after another. They answer the oldest open publishes. */
  onConfirms(count: number): void;
  onPush(push: Push): void;
  /**
   * Any other frame. The `message` of a `success` is always a `Payload`, the JSON value as it came: only who asked
   * knows whether `"pong"` is a fixed text or a message that somebody published.
   */
  onFrame(frame: BrokerFrame): void;
  /**
   * The broker does not speak the protocol (`INVALID_JSON`, `INVALID_FRAME`), or a line is longer than the limit
   * (`FRAME_TOO_LARGE`). Nothing is decoded any more.
   */
  onFatal(error: PochtaError): void;
}

/** One connection's decoder. */
export interface BrokerFrameDecoder {
  /** Walks the chunk once, synchronously. Payloads are views of the chunk, which must not be reused afterwards. */
  decode(chunk: Uint8Array, sink: BrokerFrameSink): void;
  /** Bytes of a frame whose end has not arrived; 0 between frames. */
  readonly pendingBytes: number;
  /** What the broker has agreed that frames may be compressed with; `undefined` until it has, and when it has not. */
  readonly compression?: Compression | undefined;
}

/** Message ids that are one text with an ascending number behind it, as a client counts its publishes. */
export interface MessageIdSeries {
  /** At most 239 characters. */
  readonly prefix: string;
  /** One a message. */
  readonly numbers: readonly number[];
}

/** Turns what a client asks into bytes. Stateless, one for all connections of a codec. */
export interface ClientFrameEncoder {
  /** Names the codec. */
  readonly name: string;
  /**
   * A publish frame for each message of the batch, in its order, in one buffer; payloads go out verbatim.
   * `ids`, one a message: without them the confirms come as counts, which is cheapest (answers keep the order).
   * `series`: the message ids, where the batch itself has none; no string is made of each then.
   */
  publishes(
    topic: string,
    batch: MessageBatch,
    ids?: readonly RequestId[],
    series?: MessageIdSeries,
  ): Uint8Array;
  frame(frame: ClientFrame): Uint8Array;
}

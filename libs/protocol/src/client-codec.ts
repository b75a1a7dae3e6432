/** The seam between a client's connection and the codec it speaks: the mirror image of `codec.ts`. No I/O. */
import type { PochtaError } from './errors/pochta-error';
import type { BrokerFrame, ClientFrame, RequestId } from './frames';
import type { MessageBatch } from './message-batch';

/** What a push says beside topic and payload. All of it is absent unless the subscription asked for it. */
export interface PushMeta {
  readonly subscription?: string;
  readonly group?: string;
  readonly sequence?: number;
  /** When the message was stored, in ms since the epoch. */
  readonly timestamp?: number;
  readonly epoch?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  /** 1 to 9; absent when it is 0. */
  readonly priority?: number;
  /** How often the message has been delivered in its consumer group, this time included. */
  readonly deliveryCount?: number;
}

/** One message on its way to a subscription. */
export class Push implements PushMeta {
  readonly type = 'push';
  readonly subscription?: string;
  readonly group?: string;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly epoch?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  readonly deliveryCount?: number;
  #value: unknown;
  #parsed = false;

  constructor(
    readonly topic: string,
    /** The payload as published. Never overwritten, but may keep the whole chunk alive: copy it to keep it for long. */
    readonly bytes: Uint8Array,
    /** MIME type of `bytes`; JSON text when absent. */
    readonly contentType?: string,
    meta?: PushMeta,
  ) {
    if (meta === undefined) return;
    this.subscription = meta.subscription;
    this.group = meta.group;
    this.sequence = meta.sequence;
    this.timestamp = meta.timestamp;
    this.epoch = meta.epoch;
    this.headers = meta.headers;
    this.key = meta.key;
    this.priority = meta.priority;
    this.deliveryCount = meta.deliveryCount;
  }

  /** The payload as a JSON value, parsed when it is first asked for; `bytes` itself when it is not JSON. */
  get value(): unknown {
    if (!this.#parsed) {
      this.#value = this.contentType === undefined ? JSON.parse(textOf(this.bytes)) : this.bytes;
      this.#parsed = true;
    }
    return this.#value;
  }
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('utf8');
}

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
}

/** Turns what a client asks into bytes. Stateless, one for all connections of a codec. */
export interface ClientFrameEncoder {
  /** Names the codec. */
  readonly name: string;
  /**
   * A publish frame for each message of the batch, in its order, in one buffer; payloads go out verbatim.
   * `ids`, one a message: without them the confirms come as counts, which is cheapest (answers keep the order).
   */
  publishes(topic: string, batch: MessageBatch, ids?: readonly RequestId[]): Uint8Array;
  frame(frame: ClientFrame): Uint8Array;
}

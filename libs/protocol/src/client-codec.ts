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
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #value: unknown;
  #parsed = false;

  /** The payload is `source[start, end)`, by default all of it. */
  constructor(
    readonly topic: string,
    source: Uint8Array,
    /** MIME type of `bytes`; JSON text when absent. */
    readonly contentType?: string,
    meta?: PushMeta,
    start = 0,
    end = source.length,
  ) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
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

  /** The payload as published. Never overwritten, but may keep the whole chunk alive: copy it to keep it for long. */
  get bytes(): Uint8Array {
    // Made when it is asked for: a view costs more than all else of a push.
    return this.#source.subarray(this.#start, this.#end);
  }

  /** Bytes of the payload. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** The payload as a JSON value, parsed when it is first asked for; `bytes` itself when it is not JSON. */
  get value(): unknown {
    if (!this.#parsed) {
      this.#value = this.contentType === undefined ? JSON.parse(this.#text()) : this.bytes;
      this.#parsed = true;
    }
    return this.#value;
  }

  #text(): string {
    const source = this.#source;
    const { buffer, byteOffset, length } = source;
    const bytes = Buffer.isBuffer(source) ? source : Buffer.from(buffer, byteOffset, length);
    return bytes.toString('utf8', this.#start, this.#end);
  }
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

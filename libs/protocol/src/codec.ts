/** The seam between a connection and the codec its peer speaks. A codec holds no I/O: bytes in, bytes out. */
import type { PochtaError } from './errors/pochta-error';
import type { BrokerFrame, ControlFrame, RequestId } from './frames';
import type { MessageBatch, StoredBatch } from './message-batch';

/** Messages for one topic, as one connection sent them in one chunk. */
export interface TopicBatch {
  readonly topic: string;
  readonly messages: MessageBatch;
}

/**
 * Consecutive publishes of one chunk, grouped by topic: five tickers interleaved make five batches, not many of one.
 * The answers still go out in the order of the frames, which `batchOf` and `ids` keep.
 */
export interface PublishRun {
  /** Publish frames in the run; the sum of the batches' counts. */
  readonly count: number;
  readonly batches: readonly TopicBatch[];
  /** For each frame, the index of its batch; frames of a batch are in its order. `undefined` with a single batch. */
  readonly batchOf?: Uint16Array;
  /** For each frame, its `id`. `undefined` when no frame has one. */
  readonly ids?: readonly (RequestId | undefined)[];
}

/** Hears what a decoder finds, in the order of the bytes. */
export interface FrameSink {
  onPublishes(run: PublishRun): void;
  onFrame(frame: ControlFrame): void;
  /**
   * A frame that is refused. The decoder has already moved on past it. `publishes`: so many publishes in a row are, all
   * for this; 1 when absent.
   */
  onRefused(error: PochtaError, id?: RequestId, publishes?: number): void;
  /** A frame that cannot be got past (too large): answer with the error, then close. Nothing is decoded any more. */
  onFatal(error: PochtaError): void;
}

/** One connection's decoder. */
export interface FrameDecoder {
  /**
   * Walks the chunk once, synchronously, and copies what is to last: the chunk's bytes may be overwritten afterwards.
   */
  decode(chunk: Uint8Array, sink: FrameSink): void;
  /** Bytes of a frame whose end has not arrived; 0 between frames. */
  readonly pendingBytes: number;
  /** Whether some of what has come waits, since it is more than one call should do; an empty chunk goes on with it. */
  readonly holds?: boolean;
}

/** What a subscription asked to be told with each message. */
export interface PushStyle {
  /** With sequence, time, headers and so on. */
  readonly meta: boolean;
  /** The subscription's name; sent with `meta`. */
  readonly subscription: string;
  readonly group?: string;
  readonly epoch: string;
}

/** How one message of a run fared: stored (or known as a repeat), or refused. */
export type PublishOutcome = PochtaError | undefined;

/** Turns what the broker says into bytes. Stateless, one for all connections of a codec. */
export interface FrameEncoder {
  /** Names the codec; encodings are shared between subscriptions with the same name and style. */
  readonly name: string;
  /** Confirms of a run, in its order. `outcomes` has an entry a frame, or is `undefined` when all were stored. */
  confirms(run: PublishRun, outcomes?: readonly PublishOutcome[]): Uint8Array;
  /**
   * Pushes of all messages of a batch. `deliveryCount`, for the members of a consumer group only, is how often each of
   * them has been delivered, this time included. In pieces, to be sent one behind the other; some may be views of the batch,
   * whose lease is to be held until they are sent.
   */
  pushes(batch: StoredBatch, style: PushStyle, deliveryCount?: number): readonly Uint8Array[];
  frame(frame: BrokerFrame): Uint8Array;
}

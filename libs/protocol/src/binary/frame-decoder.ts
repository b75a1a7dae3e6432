import type { FrameDecoder, FrameSink } from '../codec';
import { errorFor } from '../errors/error-classes';
import { PochtaError } from '../errors/pochta-error';
import type { ControlFrame, RequestId } from '../frames';
import { invalidField } from '../json-lines/field-checks';
import { JsonLinesFrameDecoder, type FrameDecoderOptions } from '../json-lines/frame-decoder';
import { DEFAULT_LIMITS } from '../limits';
import type { Lease, PayloadMemory } from '../payload-memory';
import type { Compression } from './compression';
import { FrameCutter, type CutterEvents } from './frame-cutter';
import { FrameExpander, type ExpanderEvents } from './frame-expander';
import { BINARY_VERSION, JSON_FRAME, MAX_FRAME_MESSAGES, PUBLISH } from './layout';
import { CLIENT_PREFACE_BYTES, PrefaceReader } from './preface';
import type { PublishReader, ReadPublish } from './publish-reader';
import { RunCollector } from './run-collector';
import { SharedReaders } from './shared-readers';

const UNKNOWN_ACTION = errorFor('UNKNOWN_ACTION');
const INVALID_JSON = errorFor('INVALID_JSON');
const NO_TYPE = invalidField('type', 'must be given');

/** Bytes that compressed frames are expanded to in one go: what holds a thousand times as much is no thousand times the work. */
const EXPANDED_BYTES = 256 * 1024;

/** Decodes what one client says in binary frames, from its preface on. */
export class BinaryFrameDecoder implements FrameDecoder, CutterEvents, ExpanderEvents, FrameSink {
  readonly #options: FrameDecoderOptions;
  readonly #maxFrameBytes: number;
  readonly #readers: SharedReaders;
  /** Made when the first publish comes: most connections of many only listen. */
  #publishes: PublishReader | undefined;
  readonly #run: RunCollector;
  readonly #cutter: FrameCutter;
  readonly #expander: FrameExpander | undefined;
  #preface: PrefaceReader | undefined = new PrefaceReader(CLIENT_PREFACE_BYTES);
  /** For the frames of a chunk that are JSON text; made when the first of them comes. */
  #json: JsonLinesFrameDecoder | undefined;
  #jsonFailed = false;
  #sink!: FrameSink;

  /** `compression`: what has been agreed on, if anything. `memory`: for payloads; without it, they have buffers of their own. */
  constructor(options: FrameDecoderOptions = {}, compression?: Compression, memory?: PayloadMemory) {
    // An object of all limits would be three kilobytes for each connection, until they are collected.
    const { maxFrameBytes = DEFAULT_LIMITS.maxFrameBytes, maxDepth = DEFAULT_LIMITS.maxDepth } = options;
    this.#options = options;
    this.#maxFrameBytes = maxFrameBytes;
    this.#readers = SharedReaders.of(maxDepth);
    this.#run = new RunCollector(memory);
    this.#cutter = new FrameCutter(maxFrameBytes, this, memory);
    this.#expander =
      compression && new FrameExpander(maxFrameBytes, compression, this.#cutter, this, EXPANDED_BYTES);
  }

  get pendingBytes(): number {
    return this.#preface?.pendingBytes ?? (this.#expander ?? this.#cutter).pendingBytes;
  }

  get holds(): boolean {
    return this.#expander?.holds === true;
  }

  decode(chunk: Uint8Array, sink: FrameSink): void {
    this.#sink = sink;
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const at = this.#preface === undefined ? 0 : this.#takePreface(this.#preface, bytes);
    if (at < 0) return;
    (this.#expander ?? this.#cutter).write(bytes, at);
    this.#closeRun();
    this.#readers.release();
    this.#json = undefined;
  }

  /** @internal */
  onBody(bytes: Buffer, start: number, end: number, lease?: Lease): void {
    if (start === end) return this.#refuse(NO_TYPE);
    const type = bytes[start];
    if (type === JSON_FRAME) return this.#jsonFrame(bytes, start, end);
    this.#readers.fields.point(bytes, start + 1, end);
    if (type === PUBLISH) this.#publish(lease);
    else this.#controlFrame(type);
  }

  /** @internal */
  onTooLarge(): void {
    this.#closeRun();
    this.#sink.onFatal(
      errorFor('FRAME_TOO_LARGE', `A frame must not be larger than ${this.#maxFrameBytes} bytes`),
    );
  }

  /** @internal */
  onBroken(error: PochtaError): void {
    this.#closeRun();
    this.onFatal(error);
  }

  /** Where the frames begin; -1 while the preface is not whole, or when it is none that is spoken here. */
  #takePreface(preface: PrefaceReader, bytes: Buffer): number {
    const at = preface.take(bytes);
    if (preface.plausible) {
      if (at < 0) return at;
      this.#preface = undefined;
      if (preface.version === BINARY_VERSION) return at;
    }
    this.#preface = undefined;
    this.#cutter.close();
    const text = `Unknown codec: this port speaks version ${BINARY_VERSION} of binary frames`;
    this.#sink.onFatal(errorFor('UNKNOWN_CODEC', text));
    return -1;
  }

  #publish(lease: Lease | undefined): void {
    const publishes = (this.#publishes ??= this.#readers.newPublishReader());
    let publish: ReadPublish;
    try {
      publish = publishes.read(this.#readers.fields, lease);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      return this.#refuse(error, undefined, publishes.count);
    }
    const { topic, messages, ids, refusals } = publish;
    if (this.#run.count + messages.count > MAX_FRAME_MESSAGES) this.#closeRun();
    if (refusals === undefined) this.#run.add(topic, messages, ids);
    else this.#publishSome(publish, refusals);
  }

  /** What is refused is answered in its place; messages in a row that have the same error, and no ids, at once. */
  #publishSome({ topic, messages, ids }: ReadPublish, refusals: ReadonlyMap<number, PochtaError>): void {
    const { count } = messages;
    let at = 0;
    while (at < count) {
      const error = refusals.get(at);
      let end = at + 1;
      if (error === undefined) {
        while (end < count && !refusals.has(end)) end++;
        this.#run.add(topic, messages.slice(at, end), ids?.slice(at, end));
      } else {
        while (end < count && ids === undefined && refusals.get(end) === error) end++;
        this.#refuse(error, ids?.[at], end - at);
      }
      at = end;
    }
  }

  #controlFrame(type: number): void {
    const { control, fields } = this.#readers;
    try {
      const frame = control.read(type, fields);
      if (frame === undefined) return this.#refuse(UNKNOWN_ACTION, control.id);
      this.#closeRun();
      this.#sink.onFrame(frame);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      this.#refuse(error, control.id);
    }
  }

  // Frames that are JSON text

  #jsonFrame(bytes: Buffer, start: number, end: number): void {
    this.#closeRun();
    this.#jsonFailed = false;
    const json = (this.#json ??= new JsonLinesFrameDecoder(this.#options));
    json.decode(bytes.subarray(start, end), this);
    if (json.pendingBytes > 0) this.#sink.onRefused(INVALID_JSON);
    // One that waits for more, or for a newline, would take the next frame for it.
    if (json.pendingBytes > 0 || this.#jsonFailed) this.#json = undefined;
  }

  /** @internal As the three below, of a frame that is JSON text. */
  onPublishes(...run: Parameters<FrameSink['onPublishes']>): void {
    this.#sink.onPublishes(...run);
  }

  onFrame(frame: ControlFrame): void {
    // The forms for naive clients are not for binary frames: their answers are no frames.
    if (frame.action === 'send' || frame.action === 'listen' || frame.action === 'peek')
      this.#sink.onRefused(UNKNOWN_ACTION);
    else this.#sink.onFrame(frame);
  }

  onRefused(error: PochtaError, id?: RequestId): void {
    this.#jsonFailed ||= error.code === 'INVALID_JSON';
    this.#sink.onRefused(error, id);
  }

  onFatal(error: PochtaError): void {
    this.#cutter.close();
    this.#sink.onFatal(error);
  }

  #refuse(error: PochtaError, id?: RequestId, publishes = 1): void {
    this.#closeRun();
    this.#sink.onRefused(error, id, publishes);
  }

  #closeRun(): void {
    const run = this.#run.build();
    if (run !== undefined) this.#sink.onPublishes(run);
  }
}

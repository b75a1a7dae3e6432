import type { FrameDecoder, FrameSink } from '../codec';
import { errorFor } from '../errors/error-classes';
import { PochtaError } from '../errors/pochta-error';
import type { RequestId } from '../frames';
import { DEFAULT_LIMITS, type WireLimits } from '../limits';
import { ByteCache, isAt } from '../byte-cache';
import { F } from './client-frame-fields';
import { readControlFrame } from './control-frames';
import { invalidField, isRequestId, optionalName, requestId, required, topicName } from './field-checks';
import { FrameSplitter, type SplitterEvents } from './frame-splitter';
import type { JsonScanner } from './json-scanner';
import { LineReader } from './line-reader';
import type { ObjectValues } from './object-values';
import { opaqueMessage } from './opaque-message';
import { messageAttributes, readPublishOptions } from './publish-attributes';
import type { PayloadMemory } from '../payload-memory';
import { PublishRunBuilder, TopicSlot, type PublishExtras } from './publish-run-builder';
import type { ShapePiece } from './shape-piece';

const PUBLISH = Buffer.from('"publish"');
const PLAIN_PUBLISH = (1 << F.action) | (1 << F.topic) | (1 << F.message);
const PUBLISH_WITH_IDS = PLAIN_PUBLISH | (1 << F.id) | (1 << F.messageId);
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const REMEMBERED_TOPICS = 16;

// Errors without a text of their own are made once: a peer can cause very many, and an error's stack is dear.
const INVALID_JSON = errorFor('INVALID_JSON');
const UNKNOWN_ACTION = errorFor('UNKNOWN_ACTION');

const TOO_DEEP = new Map<number, PochtaError>();

export type FrameDecoderOptions = Partial<Pick<WireLimits, 'maxFrameBytes' | 'maxDepth'>>;

/** What a connection's publishes are read with, beside its reader. */
interface Publishes {
  readonly run: PublishRunBuilder;
  readonly topics: ByteCache<TopicSlot>;
}

/** Decodes what one client says in JSON lines. */
export class JsonLinesFrameDecoder implements FrameDecoder, SplitterEvents {
  readonly #maxFrameBytes: number;
  readonly #tooDeep: PochtaError;
  readonly #maxDepth: number;
  readonly #splitter: FrameSplitter;
  /** Kept between two chunks once there are publishes, and while a frame is cut. */
  #reader: LineReader | undefined;
  /** The reader's. */
  #scanner!: JsonScanner;
  #values!: ObjectValues;
  /** Made when the first publish comes: most connections of many only listen. */
  #publishes: Publishes | undefined;
  /** How the scanner knows a publish that is but a topic and a message. */
  #plainPublish: ShapePiece | undefined;
  #scanned = 0;
  #sink!: FrameSink;
  /** Bytes of the chunk that is being decoded. */
  #chunkBytes = 0;

  /** `memory`: for payloads; without it, they have buffers of their own. */
  constructor(
    options: FrameDecoderOptions = {},
    private readonly memory?: PayloadMemory,
  ) {
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_LIMITS.maxFrameBytes;
    this.#maxDepth = options.maxDepth ?? DEFAULT_LIMITS.maxDepth;
    this.#tooDeep = tooDeep(this.#maxDepth);
    this.#splitter = new FrameSplitter(this.#maxFrameBytes, this);
  }

  get pendingBytes(): number {
    return this.#splitter.pendingBytes;
  }

  /** Bytes looked at so far. Stays in proportion to the bytes that came, whatever these are. */
  get scannedBytes(): number {
    return this.#reader?.scanner.scanned ?? this.#scanned;
  }

  decode(chunk: Uint8Array, sink: FrameSink): void {
    this.#sink = sink;
    this.#chunkBytes = chunk.length;
    if (this.#reader === undefined) this.#takeReader();
    this.#splitter.write(chunk, this.#scanner);
    this.#closeRun();
    this.#values.release();
    if (this.#publishes === undefined && this.pendingBytes === 0) this.#giveReaderBack();
  }

  /** @internal */
  onObject(bytes: Buffer, start: number, end: number): void {
    const values = this.#values;
    values.point(bytes, start);
    try {
      const { known } = this.#scanner;
      if (known !== undefined && known === this.#plainPublish) return this.#publishPlain(end - start);
      if (this.#scanner.deepest > this.#maxDepth) throw this.#tooDeep;
      if (values.has(F.action) && isAt(PUBLISH, bytes, values.start(F.action), values.end(F.action))) {
        this.#publish(end - start);
      } else this.#control(end - start);
    } catch (error) {
      if (!(error instanceof PochtaError)) throw error;
      this.#refuse(error, this.#readableId());
    }
  }

  /** @internal */
  onInvalid(): void {
    this.#refuse(INVALID_JSON);
  }

  /** @internal */
  onTooLarge(): void {
    this.#closeRun();
    this.#sink.onFatal(
      errorFor('FRAME_TOO_LARGE', `A frame must not be larger than ${this.#maxFrameBytes} bytes`),
    );
  }

  #publish(frameBytes: number): void {
    const values = this.#values;
    const { bytes } = values;
    const { known, present, presentBeyond, breaks } = this.#scanner;
    const plain = present === PLAIN_PUBLISH && presentBeyond === 0;
    if (plain && !breaks) {
      this.#plainPublish = known;
      return this.#publishPlain(frameBytes);
    }
    const opaque = plain ? undefined : opaqueMessage(values);
    const extras = plain ? undefined : this.#readExtras(opaque?.contentType);
    const { run, topics } = (this.#publishes ??= this.#newPublishes());
    const topic = topics.get(bytes, values.start(F.topic), values.end(F.topic));
    if (run.isFull) this.#closeRun();
    const expected = Math.max(this.#chunkBytes, frameBytes);
    if (breaks || opaque !== undefined) {
      const payload = opaque?.bytes ?? values.payload(F.message);
      run.add(topic, payload, 0, payload.length, expected, extras);
    } else run.add(topic, bytes, values.start(F.message), values.end(F.message), expected, extras);
  }

  /** A publish that is but a topic and a message. */
  #publishPlain(frameBytes: number): void {
    const values = this.#values;
    const { bytes } = values;
    const { run, topics } = (this.#publishes ??= this.#newPublishes());
    const topic = topics.get(bytes, values.start(F.topic), values.end(F.topic));
    if (run.isFull) this.#closeRun();
    run.add(
      topic,
      bytes,
      values.start(F.message),
      values.end(F.message),
      Math.max(this.#chunkBytes, frameBytes),
    );
  }

  #readExtras(contentType: string | undefined): PublishExtras {
    const values = this.#values;
    required(values, F.topic, 'a string');
    required(values, F.message, 'a JSON value');
    const id = requestId(values);
    const messageId = optionalName(values, F.messageId);
    const { present, presentBeyond } = this.#scanner;
    if ((present & ~PUBLISH_WITH_IDS) === 0 && presentBeyond === 0) return { id, messageId };
    const attributes = messageAttributes(readPublishOptions(values), contentType);
    return { id, messageId, attributes };
  }

  #control(frameBytes: number): void {
    const values = this.#values;
    if (!values.has(F.action)) throw invalidField('action', 'must be a string');
    const action = values.value(F.action);
    // Reached when the action is spelt with escapes.
    if (action === 'publish') return this.#publish(frameBytes);
    const frame = readControlFrame(action, values, this.#readableId());
    if (frame === undefined) throw UNKNOWN_ACTION;
    requestId(values);
    this.#closeRun();
    this.#sink.onFrame(frame);
  }

  #refuse(error: PochtaError, id?: RequestId): void {
    this.#closeRun();
    this.#sink.onRefused(error, id);
  }

  #readableId(): RequestId | undefined {
    const values = this.#values;
    // A container is no id, however deep it is.
    if (!values.has(F.id) || isContainer(values.bytes[values.start(F.id)])) return undefined;
    const id = values.value(F.id);
    return isRequestId(id) ? id : undefined;
  }

  #closeRun(): void {
    const run = this.#publishes?.run.build();
    if (run !== undefined) this.#sink.onPublishes(run);
  }

  #newPublishes(): Publishes {
    const topicSlot = () => new TopicSlot(topicName(this.#values));
    return { run: new PublishRunBuilder(this.memory), topics: new ByteCache(REMEMBERED_TOPICS, topicSlot) };
  }

  #takeReader(): void {
    this.#reader = LineReader.take();
    this.#scanner = this.#reader.scanner;
    this.#values = this.#reader.values;
    this.#scanner.scanned = this.#scanned;
  }

  #giveReaderBack(): void {
    this.#scanned = this.scannedBytes;
    this.#reader?.giveBack();
    this.#reader = undefined;
  }
}

function isContainer(first: number): boolean {
  return first === OPEN_OBJECT || first === OPEN_ARRAY;
}

/** Made once for a depth, not for each connection. */
function tooDeep(maxDepth: number): PochtaError {
  let error = TOO_DEEP.get(maxDepth);
  if (error === undefined) {
    error = errorFor('INVALID_FRAME', `the frame must not be nested deeper than ${maxDepth} levels`);
    TOO_DEEP.set(maxDepth, error);
  }
  return error;
}

import type { BrokerFrameDecoder, BrokerFrameSink } from '../client-codec';
import { errorFor } from '../errors/error-classes';
import type { BrokerFrame, GapReason, Payload, RequestId } from '../frames';
import { DEFAULT_LIMITS } from '../limits';
import { Push, type PushMeta } from '../push';
import { ByteCache, isAt } from '../byte-cache';
import { FrameSplitter, type SplitterEvents } from './frame-splitter';
import { JsonFields } from './json-fields';
import { JsonScanner } from './json-scanner';
import { jsonValue, ObjectValues } from './object-values';
import { ENCODING } from './opaque-payload';
import { presentFields } from './present-fields';

const FIELDS = new JsonFields([
  'type',
  'topic',
  'message',
  'subscription',
  'group',
  'sequence',
  'timestamp',
  'epoch',
  'headers',
  'key',
  'priority',
  'deliveryCount',
  'contentType',
  'encoding',
  'status',
  'id',
  'code',
  'sequences',
  'more',
  'end',
  'time',
  'ackDeadline',
  'from',
  'to',
  'reason',
  'correlationId',
]);
const F = FIELDS.of;
const PLAIN_PUSH = (1 << F.type) | (1 << F.topic) | (1 << F.message);
const CONFIRM = Buffer.from('{"status":"success","message":"Published"}');
const PLAIN_ANSWER = (1 << F.status) | (1 << F.message) | (1 << F.id);
const PUSH = Buffer.from('"push"');
const SUCCESS = Buffer.from('"success"');
const REMEMBERED_TEXTS = 16;
/** Most often, it is no broker. */
export const NOT_JSON =
  'The broker sent something that is not JSON; is the port that of the broker, and not, say, its port for HTTP?';
/** A push adds its own fields to a payload of any size the broker takes. */
const ENVELOPE_BYTES = 64 * 1024;

export interface BrokerFrameDecoderOptions {
  /** Bytes of one line. Default: twice what the broker takes, because base64 makes payloads longer, and the envelope. */
  readonly maxFrameBytes?: number;
}

/** Decodes what the broker says in JSON lines. Ignores fields and types of frames that it does not know. */
export class JsonLinesBrokerFrameDecoder implements BrokerFrameDecoder, SplitterEvents {
  readonly #scanner = new JsonScanner(FIELDS, F.type);
  readonly #values = new ObjectValues(this.#scanner);
  readonly #texts = new ByteCache(REMEMBERED_TEXTS, (bytes, start, end) => jsonValue(bytes, start, end));
  readonly #maxFrameBytes: number;
  readonly #splitter: FrameSplitter;
  #sink!: BrokerFrameSink;
  #confirms = 0;
  #closed = false;

  constructor({
    maxFrameBytes = 2 * DEFAULT_LIMITS.maxFrameBytes + ENVELOPE_BYTES,
  }: BrokerFrameDecoderOptions = {}) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#splitter = new FrameSplitter(maxFrameBytes, this, { lastingFrames: true });
  }

  get pendingBytes(): number {
    return this.#splitter.pendingBytes;
  }

  decode(chunk: Uint8Array, sink: BrokerFrameSink): void {
    if (this.#closed) return;
    this.#sink = sink;
    this.#splitter.write(chunk, this.#scanner);
    this.#flushConfirms();
  }

  /** @internal */
  onObject(bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    if (isAt(CONFIRM, bytes, start, end)) {
      this.#confirms++;
      return;
    }
    this.#flushConfirms();
    const values = this.#values;
    values.point(bytes, start);
    if (values.has(F.type) && isAt(PUSH, bytes, values.start(F.type), values.end(F.type))) {
      const push = this.#push();
      if (push === undefined) this.#fatal('a push must have a topic and a message');
      else this.#sink.onPush(push);
      return;
    }
    const frame = this.#isPlainAnswer() ? plainAnswer(values) : readFrame(values);
    if (typeof frame === 'string') this.#fatal(frame);
    else if (frame !== undefined) this.#sink.onFrame(frame);
  }

  /** @internal */
  onInvalid(): void {
    if (this.#closed) return;
    this.#flushConfirms();
    this.#closed = true;
    this.#sink.onFatal(errorFor('INVALID_JSON', NOT_JSON));
  }

  /** @internal */
  onTooLarge(): void {
    if (this.#closed) return;
    this.#flushConfirms();
    this.#closed = true;
    const text = `The broker sent a frame of more than ${this.#maxFrameBytes} bytes`;
    this.#sink.onFatal(errorFor('FRAME_TOO_LARGE', text));
  }

  /** Of all frames but pushes and confirms, most are replies to requests. */
  #isPlainAnswer(): boolean {
    const values = this.#values;
    if (this.#scanner.present !== PLAIN_ANSWER) return false;
    return isAt(SUCCESS, values.bytes, values.start(F.status), values.end(F.status));
  }

  #push(): Push | undefined {
    const values = this.#values;
    const topic = this.#text(F.topic);
    if (topic === undefined || !values.has(F.message)) return undefined;
    if (this.#scanner.present === PLAIN_PUSH) return Push.alone(topic, values.raw(F.message));
    const payload = readPayload(values);
    if (payload === undefined) return undefined;
    const meta: PushMeta = {
      subscription: this.#text(F.subscription),
      group: this.#text(F.group),
      sequence: number(values, F.sequence),
      timestamp: number(values, F.timestamp),
      epoch: this.#text(F.epoch),
      headers: textMap(values, F.headers),
      key: text(values, F.key),
      priority: number(values, F.priority),
      deliveryCount: number(values, F.deliveryCount),
    };
    return Push.alone(topic, payload.bytes, payload.contentType, meta);
  }

  /** A text that is likely to come again. */
  #text(field: number): string | undefined {
    const values = this.#values;
    if (!values.has(field)) return undefined;
    const value = this.#texts.get(values.bytes, values.start(field), values.end(field));
    return typeof value === 'string' ? value : undefined;
  }

  #flushConfirms(): void {
    const count = this.#confirms;
    if (count === 0) return;
    this.#confirms = 0;
    this.#sink.onConfirms(count);
  }

  #fatal(problem: string): void {
    this.#closed = true;
    this.#sink.onFatal(errorFor('INVALID_FRAME', `The broker sent an invalid frame: ${problem}`));
  }
}

/** The frame; the problem with it; or `undefined` for a type of frame that is not known. */
function readFrame(values: ObjectValues): BrokerFrame | string | undefined {
  const topic = text(values, F.topic);
  const correlationId = text(values, F.correlationId);
  const message = readPayload(values);
  switch (text(values, F.type)) {
    case undefined:
      return readAnswer(values, message);
    case 'gap':
      return topic === undefined ? 'a gap must have a topic' : readGap(values, topic);
    case 'request':
      if (topic === undefined || correlationId === undefined || message === undefined) {
        return 'a request must have a topic, a correlationId and a message';
      }
      return presentFields<BrokerFrame>({
        type: 'request',
        topic,
        correlationId,
        message,
        headers: textMap(values, F.headers),
      });
    case 'cancel':
      return correlationId === undefined
        ? 'a cancel must have a correlationId'
        : { type: 'cancel', correlationId };
    default:
      return undefined;
  }
}

/** The `message`, decoded if it is encoded; `undefined` when there is none. */
function readPayload(values: ObjectValues): Payload | undefined {
  if (!values.has(F.message)) return undefined;
  if (!values.has(F.encoding) || text(values, F.encoding) !== ENCODING)
    return { bytes: values.raw(F.message) };
  const encoded = text(values, F.message);
  if (encoded === undefined) return undefined;
  const contentType = text(values, F.contentType) ?? 'application/octet-stream';
  return { bytes: Buffer.from(encoded, ENCODING), contentType };
}

/** A success with a message and an id, and nothing else. */
function plainAnswer(values: ObjectValues): BrokerFrame {
  const id = values.value(F.id) as RequestId;
  return { type: 'success', id, message: { bytes: values.raw(F.message) } };
}

function readAnswer(values: ObjectValues, message: Payload | undefined): BrokerFrame | string {
  const status = text(values, F.status);
  const id = values.value(F.id) as RequestId | undefined;
  const code = text(values, F.code);
  if (status === 'error') {
    return presentFields<BrokerFrame>({
      type: 'error',
      id,
      code: code ?? 'INTERNAL',
      message: text(values, F.message) ?? '',
      sequences: integers(values, F.sequences),
    });
  }
  if (status !== 'success') return 'an answer must have a status of "success" or "error"';
  if (message === undefined) return 'an answer must have a message';
  return presentFields<BrokerFrame>({
    type: 'success',
    id,
    message,
    subscription: text(values, F.subscription),
    epoch: text(values, F.epoch),
    sequence: number(values, F.sequence),
    time: number(values, F.time),
    ackDeadline: number(values, F.ackDeadline),
    code: code === 'NO_MESSAGES' ? code : undefined,
    more: flag(values, F.more),
    end: flag(values, F.end),
  });
}

function readGap(values: ObjectValues, topic: string): BrokerFrame | string {
  const from = number(values, F.from);
  const to = number(values, F.to);
  if (from === undefined || to === undefined) return 'a gap must have from and to';
  return presentFields<BrokerFrame>({
    type: 'gap',
    topic,
    subscription: text(values, F.subscription),
    group: text(values, F.group),
    from,
    to,
    reason: (text(values, F.reason) ?? 'purged') as GapReason,
    epoch: text(values, F.epoch),
  });
}

function text(values: ObjectValues, field: number): string | undefined {
  const value = values.value(field);
  return typeof value === 'string' ? value : undefined;
}

function number(values: ObjectValues, field: number): number | undefined {
  const value = values.value(field);
  return typeof value === 'number' ? value : undefined;
}

function integers(values: ObjectValues, field: number): readonly number[] | undefined {
  const value = values.value(field);
  return Array.isArray(value) && value.every(Number.isSafeInteger) ? (value as number[]) : undefined;
}

function flag(values: ObjectValues, field: number): true | undefined {
  return values.value(field) === true ? true : undefined;
}

function textMap(values: ObjectValues, field: number): Readonly<Record<string, string>> | undefined {
  const value = values.value(field);
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : undefined;
}

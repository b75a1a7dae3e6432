import type { ClientFrameEncoder, MessageIdSeries } from '../client-codec';
import type {
  AckFrame,
  ClientFrame,
  NackFrame,
  PublishFrame,
  ReplyFrame,
  RequestFrame,
  RequestId,
  TerminateFrame,
  TouchFrame,
  TransactionFrame,
} from '../frames';
import { JsonLinesClientFrameEncoder } from '../json-lines/client-frame-encoder';
import { DEFAULT_LIMITS } from '../limits';
import { MessageBatch } from '../message-batch';
import { forEachPart } from './batch-parts';
import { ByteWriter } from './byte-writer';
import { writeJson } from './frame-encoder';
import {
  ACK,
  ATTRIBUTES,
  CANCEL,
  CONTENT_TYPE,
  FRAME_TARGET,
  GET,
  HEADERS,
  MESSAGE_IDS,
  MORE,
  NACK,
  OPTION,
  PAYLOAD,
  PING,
  PUBLISH,
  REFUSAL,
  REPLY,
  REQUEST,
  REQUEST_IDS,
  TERMINATE,
  TIMEOUT,
  TOUCH,
  TRANSACTION,
  WITH_CONTENT_TYPE,
  WITH_MESSAGE_ID,
} from './layout';
import {
  commonContentType,
  countAttributes,
  writeAttributes,
  type AttributeColumn,
} from './message-attributes';
import { seriesOf, writeSeries } from './message-ids';
import { writeSequences } from './sequence-ranges';

/** More than a publish frame has beside what belongs to its messages. */
const HEAD_ROOM = 1024;
const ID_ROOM = 16;
const ALL_FIELDS = 0xff;
const JSON_LINES = new JsonLinesClientFrameEncoder();

/** Encodes what a client asks as binary frames. */
export class BinaryClientFrameEncoder implements ClientFrameEncoder {
  readonly name = 'binary';
  readonly #target: number;

  /** `maxFrameBytes`: what the broker takes; batches are divided accordingly. Default 1 MiB. */
  constructor({ maxFrameBytes = DEFAULT_LIMITS.maxFrameBytes }: { readonly maxFrameBytes?: number } = {}) {
    this.#target = Math.max(1, Math.min(FRAME_TARGET, maxFrameBytes - HEAD_ROOM));
  }

  publishes(
    topic: string,
    batch: MessageBatch,
    ids?: readonly RequestId[],
    series?: MessageIdSeries,
  ): Uint8Array {
    const writer = new ByteWriter(batch.byteLength + 8 * batch.count + HEAD_ROOM);
    writePublishes(writer, topic, batch, this.#target, ids, series);
    return writer.build();
  }

  frame(frame: ClientFrame): Uint8Array {
    const writer = new ByteWriter();
    switch (frame.action) {
      case 'publish': {
        const ids = frame.id === undefined ? undefined : [frame.id];
        writePublishes(writer, frame.topic, batchOf(frame), this.#target, ids);
        break;
      }
      case 'ack':
      case 'nack':
      case 'terminate':
      case 'touch':
        writeSettlement(writer, frame);
        break;
      case 'get':
        writer.begin(GET);
        writer.id(frame.id);
        writer.text(frame.topic);
        writer.end();
        break;
      case 'request':
        writeRequest(writer, frame);
        break;
      case 'reply':
        writeReply(writer, frame);
        break;
      case 'cancel':
      case 'ping':
        writer.begin(frame.action === 'ping' ? PING : CANCEL);
        writer.id(frame.id);
        writer.end();
        break;
      case 'transaction':
        writeTransaction(writer, frame, this.#target);
        break;
      // What comes up seldom is JSON text; the forms for naive clients are refused by the broker.
      default:
        writeJson(writer, JSON_LINES.frame(frame));
    }
    return writer.build();
  }
}

function writePublishes(
  writer: ByteWriter,
  topic: string,
  batch: MessageBatch,
  target: number,
  ids?: readonly RequestId[],
  counted?: MessageIdSeries,
): void {
  const contentType = commonContentType(batch);
  const { attributes, messageIds } = batch;
  const series = counted ?? (messageIds && seriesOf(messageIds, 0, batch.count));
  const allowed = ALL_FIELDS & ~(contentType === undefined ? 0 : WITH_CONTENT_TYPE);
  const told: AttributeColumn = {
    attributes,
    messageIds: series === undefined ? messageIds : undefined,
    allowed: series === undefined ? allowed : allowed & ~WITH_MESSAGE_ID,
  };
  const hasOwn = countAttributes(told, 0, batch.count) > 0;
  const room = ids === undefined ? target : Math.max(1, target / ID_ROOM);
  forEachPart(batch, hasOwn ? told : undefined, room, (from, to) => {
    const column = hasOwn && countAttributes(told, from, to) > 0 ? told : undefined;
    writer.begin(PUBLISH);
    writer.u8(
      (contentType === undefined ? 0 : CONTENT_TYPE) |
        (column === undefined ? 0 : ATTRIBUTES) |
        (series === undefined ? 0 : MESSAGE_IDS) |
        (ids === undefined ? 0 : REQUEST_IDS),
    );
    writer.u32(to - from);
    writer.text(topic);
    for (let index = from; ids !== undefined && index < to; index++) writer.id(ids[index]);
    if (contentType !== undefined) writer.text(contentType);
    if (series !== undefined) writeSeries(writer, series, from, to);
    writer.messages(batch, from, to, column && (() => writeAttributes(writer, column, from, to)));
    writer.end();
  });
}

function batchOf({
  message,
  headers,
  key,
  priority,
  delay,
  deliverAt,
  ttl,
  messageId,
}: PublishFrame): MessageBatch {
  const { contentType } = message;
  const attributes = { headers, key, priority, delay, deliverAt, ttl, contentType };
  return MessageBatch.of(message.bytes, attributes, messageId);
}

function writeSettlement(
  writer: ByteWriter,
  frame: AckFrame | NackFrame | TerminateFrame | TouchFrame,
): void {
  switch (frame.action) {
    case 'ack':
    case 'touch':
      writer.begin(frame.action === 'ack' ? ACK : TOUCH);
      writer.id(frame.id);
      break;
    case 'nack':
      writer.begin(NACK);
      writer.id(frame.id);
      writer.u8(frame.delay === undefined ? 0 : OPTION);
      if (frame.delay !== undefined) writer.varint(frame.delay);
      break;
    case 'terminate':
      writer.begin(TERMINATE);
      writer.id(frame.id);
      writer.u8(frame.reason === undefined ? 0 : OPTION);
      if (frame.reason !== undefined) writer.text(frame.reason);
      break;
  }
  writer.text(frame.topic);
  writer.text(frame.group);
  writeSequences(writer, frame.sequences);
  writer.end();
}

function writeRequest(writer: ByteWriter, { id, topic, message, headers, timeout }: RequestFrame): void {
  const { bytes, contentType } = message;
  writer.begin(REQUEST);
  writer.id(id);
  writer.u8(
    (contentType === undefined ? 0 : CONTENT_TYPE) |
      (headers === undefined ? 0 : HEADERS) |
      (timeout === undefined ? 0 : TIMEOUT),
  );
  writer.text(topic);
  if (timeout !== undefined) writer.varint(timeout);
  if (headers !== undefined) writer.headers(headers);
  if (contentType !== undefined) writer.text(contentType);
  writer.bytes(bytes);
  writer.end();
}

function writeReply(writer: ByteWriter, { id, correlationId, message, error, more }: ReplyFrame): void {
  writer.begin(REPLY);
  writer.id(id);
  writer.u8(
    (message?.contentType === undefined ? 0 : CONTENT_TYPE) |
      (message === undefined ? 0 : PAYLOAD) |
      (more === true ? MORE : 0) |
      (error === undefined ? 0 : REFUSAL),
  );
  writer.text(correlationId);
  if (error !== undefined) {
    writer.text(error.code ?? '');
    writer.text(error.message);
  }
  if (message?.contentType !== undefined) writer.text(message.contentType);
  if (message !== undefined) writer.bytes(message.bytes);
  writer.end();
}

/** Its operations are whole frames, one behind the other. */
function writeTransaction(writer: ByteWriter, { id, operations }: TransactionFrame, target: number): void {
  const inner = new ByteWriter();
  for (const operation of operations) {
    if (operation.action === 'ack') writeSettlement(inner, operation);
    else writePublishes(inner, operation.topic, batchOf(operation), target);
  }
  writer.begin(TRANSACTION);
  writer.id(id);
  writer.bytes(inner.build());
  writer.end();
}

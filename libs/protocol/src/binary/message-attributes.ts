import type { MessageAttributes, MessageBatch } from '../message-batch';
import type { ByteReader } from './byte-reader';
import type { ByteWriter } from './byte-writer';
import {
  WITH_CONTENT_TYPE,
  WITH_DELAY,
  WITH_DELIVER_AT,
  WITH_HEADERS,
  WITH_KEY,
  WITH_MESSAGE_ID,
  WITH_PRIORITY,
  WITH_TTL,
} from './layout';

/** What one message carries, as it is written. */
export type WrittenAttributes = MessageAttributes & { readonly messageId?: string };

/** Bytes that an attribute costs at most beside its texts. */
const FIELD_BYTES = 16;
const MAX_BYTES_PER_UNIT = 3;

/** The content type that all of the messages have alike; `undefined` when they have none, or not the same. */
export function commonContentType({ count, attributes, uniform }: MessageBatch): string | undefined {
  if (uniform !== undefined) return uniform.contentType;
  const contentType = attributes?.[0]?.contentType;
  if (attributes === undefined || contentType === undefined) return undefined;
  let last = attributes[0];
  for (let index = 1; index < count; index++) {
    const of = attributes[index];
    if (of === last) continue;
    if (of?.contentType !== contentType) return undefined;
    last = of;
  }
  return contentType;
}

/** Which of the fields `allowed` the message has. */
export function flagsOf(
  of: MessageAttributes | undefined,
  messageId: string | undefined,
  allowed: number,
): number {
  let flags = messageId === undefined ? 0 : WITH_MESSAGE_ID;
  if (of !== undefined) {
    if (of.contentType !== undefined) flags |= WITH_CONTENT_TYPE;
    if (of.headers !== undefined) flags |= WITH_HEADERS;
    if (of.key !== undefined) flags |= WITH_KEY;
    if (of.priority !== undefined) flags |= WITH_PRIORITY;
    if (of.delay !== undefined) flags |= WITH_DELAY;
    if (of.deliverAt !== undefined) flags |= WITH_DELIVER_AT;
    if (of.ttl !== undefined) flags |= WITH_TTL;
  }
  return flags & allowed;
}

/** Which messages of a part of a batch have attributes of their own, and which of them are told. */
export interface AttributeColumn {
  readonly attributes: readonly (MessageAttributes | undefined)[] | undefined;
  readonly messageIds: readonly (string | undefined)[] | undefined;
  readonly allowed: number;
}

/** How many messages there have something to tell. */
export function countAttributes(column: AttributeColumn, from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index++) if (flagsAt(column, index) !== 0) count++;
  return count;
}

/** varint entries, each: varint how many messages lie between it and the entry before, flags, fields. */
export function writeAttributes(writer: ByteWriter, column: AttributeColumn, from: number, to: number): void {
  writer.varint(countAttributes(column, from, to));
  let next = from;
  for (let index = from; index < to; index++) {
    const flags = flagsAt(column, index);
    if (flags === 0) continue;
    writer.varint(index - next);
    next = index + 1;
    writeFields(writer, flags, column.attributes?.[index] ?? {}, column.messageIds?.[index]);
  }
}

/** Bytes that the fields take, or somewhat more. */
export function weightOf(column: AttributeColumn, index: number): number {
  const flags = flagsAt(column, index);
  if (flags === 0) return 0;
  const { headers, key = '', contentType = '' } = column.attributes?.[index] ?? {};
  let units = key.length + contentType.length + (column.messageIds?.[index]?.length ?? 0);
  if ((flags & WITH_HEADERS) !== 0 && headers !== undefined)
    for (const name in headers) units += name.length + headers[name].length + FIELD_BYTES;
  return MAX_BYTES_PER_UNIT * units + 4 * FIELD_BYTES;
}

function flagsAt({ attributes, messageIds, allowed }: AttributeColumn, index: number): number {
  return flagsOf(attributes?.[index], messageIds?.[index], allowed);
}

export function writeFields(
  writer: ByteWriter,
  flags: number,
  of: MessageAttributes,
  messageId?: string,
): void {
  writer.u8(flags);
  if ((flags & WITH_CONTENT_TYPE) !== 0) writer.text(of.contentType!);
  if ((flags & WITH_HEADERS) !== 0) writer.headers(of.headers!);
  if ((flags & WITH_KEY) !== 0) writer.text(of.key!);
  if ((flags & WITH_PRIORITY) !== 0) writer.varint(of.priority!);
  if ((flags & WITH_DELAY) !== 0) writer.varint(of.delay!);
  if ((flags & WITH_DELIVER_AT) !== 0) writer.varint(of.deliverAt!);
  if ((flags & WITH_TTL) !== 0) writer.varint(of.ttl!);
  if ((flags & WITH_MESSAGE_ID) !== 0) writer.text(messageId!);
}

/** The fields as they came; whether their values may be is for the reader's caller to check. */
export function readFields(reader: ByteReader): WrittenAttributes {
  const flags = reader.u8();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return {
    contentType: has(WITH_CONTENT_TYPE) ? reader.text() : undefined,
    headers: has(WITH_HEADERS) ? reader.headers() : undefined,
    key: has(WITH_KEY) ? reader.text() : undefined,
    priority: has(WITH_PRIORITY) ? reader.varint() : undefined,
    delay: has(WITH_DELAY) ? reader.varint() : undefined,
    deliverAt: has(WITH_DELIVER_AT) ? reader.varint() : undefined,
    ttl: has(WITH_TTL) ? reader.varint() : undefined,
    messageId: has(WITH_MESSAGE_ID) ? reader.text() : undefined,
  };
}

/** Calls back for each message that has attributes, in order; returns false when there are more than messages. */
export function readAttributes(
  reader: ByteReader,
  count: number,
  onMessage: (index: number, fields: WrittenAttributes) => void,
): boolean {
  const entries = reader.varint();
  let index = -1;
  for (let entry = 0; entry < entries; entry++) {
    index += 1 + reader.varint();
    if (index >= count) return false;
    onMessage(index, readFields(reader));
  }
  return true;
}

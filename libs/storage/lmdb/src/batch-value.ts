import { MessageBatch, type MessageAttributes } from '@pochta/protocol';

/**
 * A batch in the data file, little-endian. The format is the first byte, so that a later one may have holes.
 *
 * | bytes | what |
 * | --- | --- |
 * | 1 | format: 1 |
 * | 1 | flags: 1 when there are attributes; with 2, all messages have the same ones |
 * | 2 | 0 |
 * | 4 | count |
 * | 8 | timestamp, a double: ms since the epoch |
 * | 4 | bytes of payloads |
 * | 4 | bytes of attributes |
 * | 4 × count | where each payload ends |
 * | | payloads, back to back |
 * | | attributes: a JSON array with an entry for each message, `null` where it has none; or one entry for all |
 */
const FORMAT = 1;
/** Bytes before the ends of the payloads. */
export const HEADER = 24;
const HAS_ATTRIBUTES = 1;
/** Since the data file's third format. */
const UNIFORM = 2;

export interface DecodedBatch {
  readonly timestamp: number;
  readonly messages: MessageBatch;
}

/** `room` gives so many bytes, with anything in them. */
export function encodeBatch(
  messages: MessageBatch,
  timestamp: number,
  room: (bytes: number) => Buffer = Buffer.allocUnsafe,
): Buffer {
  const { count, byteLength } = messages;
  const attributes = attributesText(messages);
  const attributeBytes = Buffer.byteLength(attributes);
  const payloads = HEADER + count * 4;
  const value = room(payloads + byteLength + attributeBytes);
  const flags = attributes === '' ? 0 : HAS_ATTRIBUTES | (messages.uniform === undefined ? 0 : UNIFORM);
  value.writeUInt32LE(FORMAT | (flags << 8), 0);
  value.writeUInt32LE(count, 4);
  value.writeDoubleLE(timestamp, 8);
  value.writeUInt32LE(byteLength, 16);
  value.writeUInt32LE(attributeBytes, 20);
  // Node runs on little-endian machines only.
  const { buffer, byteOffset } = messages.ends;
  value.set(new Uint8Array(buffer, byteOffset, count * 4), HEADER);
  value.set(messages.bytes.subarray(0, byteLength), payloads);
  if (attributeBytes > 0) value.write(attributes, payloads + byteLength);
  return value;
}

/** `undefined` when these are not the bytes of a batch. The payloads stay where they are in `value`. */
export function decodeBatch(value: Buffer): DecodedBatch | undefined {
  if (value.length < HEADER || value[0] !== FORMAT) return undefined;
  const count = value.readUInt32LE(4);
  const byteLength = value.readUInt32LE(16);
  const attributeBytes = value.readUInt32LE(20);
  const payloads = HEADER + count * 4;
  if (count === 0 || payloads + byteLength + attributeBytes !== value.length) return undefined;
  const ends = new Uint32Array(count);
  new Uint8Array(ends.buffer).set(value.subarray(HEADER, payloads));
  if (ends[count - 1] !== byteLength) return undefined;
  const bytes = value.subarray(payloads, payloads + byteLength);
  const timestamp = value.readDoubleLE(8);
  if (attributeBytes === 0) return { timestamp, messages: new MessageBatch(count, bytes, ends) };
  const found: unknown = JSON.parse(value.toString('utf8', payloads + byteLength));
  if ((value[1] & UNIFORM) === 0) {
    const each = (found as (MessageAttributes | null)[]).map((one) => one ?? undefined);
    return { timestamp, messages: new MessageBatch(count, bytes, ends, each) };
  }
  const uniform = found as MessageAttributes;
  const all = new Array<MessageAttributes>(count).fill(uniform);
  return { timestamp, messages: new MessageBatch(count, bytes, ends, all, undefined, uniform) };
}

/** Empty when there are none. */
function attributesText({ attributes, count, uniform }: MessageBatch): string {
  if (uniform !== undefined) return JSON.stringify(uniform);
  if (!attributes?.some((one) => one !== undefined)) return '';
  return JSON.stringify(attributes.slice(0, count));
}

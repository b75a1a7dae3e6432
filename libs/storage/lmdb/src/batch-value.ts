import { MessageBatch, type MessageAttributes } from '@pochta/protocol';

/**
 * A batch in the data file, little-endian. The format is the first byte, so that a later one may have holes.
 *
 * | bytes | what |
 * | --- | --- |
 * | 1 | format: 1 |
 * | 1 | flags: 1 when there are attributes |
 * | 2 | 0 |
 * | 4 | count |
 * | 8 | timestamp, a double: ms since the epoch |
 * | 4 | bytes of payloads |
 * | 4 | bytes of attributes |
 * | 4 × count | where each payload ends |
 * | | payloads, back to back |
 * | | attributes: a JSON array with an entry for each message, `null` where it has none |
 */
const FORMAT = 1;
/** Bytes before the ends of the payloads. */
export const HEADER = 24;
const HAS_ATTRIBUTES = 1;

export interface DecodedBatch {
  readonly timestamp: number;
  readonly messages: MessageBatch;
}

export function encodeBatch(messages: MessageBatch, timestamp: number): Buffer {
  const { count, byteLength } = messages;
  const attributes = encodeAttributes(messages);
  const payloads = HEADER + count * 4;
  const value = Buffer.allocUnsafe(payloads + byteLength + attributes.length);
  value.writeUInt32LE(FORMAT | (attributes.length > 0 ? HAS_ATTRIBUTES << 8 : 0), 0);
  value.writeUInt32LE(count, 4);
  value.writeDoubleLE(timestamp, 8);
  value.writeUInt32LE(byteLength, 16);
  value.writeUInt32LE(attributes.length, 20);
  // Node runs on little-endian machines only.
  const { buffer, byteOffset } = messages.ends;
  value.set(new Uint8Array(buffer, byteOffset, count * 4), HEADER);
  value.set(messages.bytes.subarray(0, byteLength), payloads);
  value.set(attributes, payloads + byteLength);
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
  const attributes = decodeAttributes(value.subarray(payloads + byteLength));
  return { timestamp: value.readDoubleLE(8), messages: new MessageBatch(count, bytes, ends, attributes) };
}

function encodeAttributes({ attributes, count }: MessageBatch): Buffer {
  if (!attributes?.some((one) => one !== undefined)) return Buffer.alloc(0);
  return Buffer.from(JSON.stringify(attributes.slice(0, count)));
}

function decodeAttributes(bytes: Buffer): (MessageAttributes | undefined)[] | undefined {
  if (bytes.length === 0) return undefined;
  const attributes = JSON.parse(bytes.toString()) as (MessageAttributes | null)[];
  return attributes.map((one) => one ?? undefined);
}

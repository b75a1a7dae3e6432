/**
 * A payload that is not JSON travels in JSON lines as a string of base64, beside `"encoding":"base64"` and its
 * `contentType`. A payload is JSON when it has no content type: its bytes have been checked then. One that merely
 * says `application/json` has not, and is opaque.
 */
import type { Payload } from '../frames';
import type { MessageBatch } from '../message-batch';
import { members } from './json-members';

const QUOTE = 0x22;
/** What `encoding` says where there is one. */
export const ENCODING = 'base64';

export function isJson(contentType: string | undefined): contentType is undefined {
  return contentType === undefined;
}

/** The members that tell of an opaque payload; none for JSON. */
export function encodingMembers(contentType: string | undefined): string {
  return isJson(contentType) ? '' : members({ encoding: ENCODING, contentType });
}

/** Bytes that a payload of `length` bytes takes on the wire: those of its base64, quotes included, if it is opaque. */
export function wireLength(length: number, contentType: string | undefined): number {
  return isJson(contentType) ? length : 4 * Math.ceil(length / 3) + 2;
}

/** As `wireLength`, of all payloads of a batch. */
export function wireLengthOf(messages: MessageBatch): number {
  const { attributes } = messages;
  if (attributes === undefined) return messages.byteLength;
  let bytes = 0;
  for (let index = 0; index < messages.count; index++)
    bytes += wireLength(messages.end(index) - messages.start(index), attributes[index]?.contentType);
  return bytes;
}

/** The bytes that stand for the payload on the wire: its own, or those of its base64. */
export function wireBytes({ bytes, contentType }: Payload): Uint8Array {
  if (isJson(contentType)) return bytes;
  const encoded = Buffer.allocUnsafe(wireLength(bytes.length, contentType));
  writeBase64(bytes, encoded, 0);
  return encoded;
}

/** Writes the payload as a string of base64; returns where it ends. */
export function writeBase64(payload: Uint8Array, out: Buffer, at: number): number {
  out[at] = QUOTE;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const end = at + 1 + out.write(bytes.toString('base64'), at + 1, 'latin1');
  out[end] = QUOTE;
  return end + 1;
}

/**
 * The other way round from `opaque-payload.ts`: what a client publishes, asks or replies with `"encoding":"base64"` and a
 * `contentType` is the bytes that its `message` stands for. Neither field makes sense without the other.
 */
import type { Payload } from '../frames';
import { MAX_NAME_LENGTH } from '../limits';
import { F } from './client-frame-fields';
import { jsonPayload, refuse } from './field-checks';
import type { ObjectValues } from './object-values';
import { ENCODING } from './opaque-payload';

/** What each field must be, to be read behind its name. */
export const ENCODING_RULE = `must be "${ENCODING}", together with contentType`;
export const CONTENT_TYPE_RULE = `must be a string of 1 to ${MAX_NAME_LENGTH} printable ASCII characters`;
export const PAIRED_TYPE_RULE = `${CONTENT_TYPE_RULE}, together with encoding`;
export const BASE64_RULE = 'must be a string of base64, as encoding says';

const CONTENT_TYPE = new RegExp(`^[\\x20-\\x7e]{1,${MAX_NAME_LENGTH}}$`);

export function isContentType(value: unknown): value is string {
  return typeof value === 'string' && CONTENT_TYPE.test(value);
}

interface OpaqueMessage extends Payload {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** The bytes that the text stands for (RFC 4648, section 4, padded); `undefined` when it is no base64. */
export function base64Bytes(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, ENCODING);
  // The decoder passes over what it does not know; then the way back does not lead to the same text.
  return bytes.toString(ENCODING) === text ? bytes : undefined;
}

/** The `message`, passed on as it came or decoded, as the fields beside it say. Throws `INVALID_FRAME`. */
export function payload(values: ObjectValues): Payload {
  return opaqueMessage(values) ?? jsonPayload(values, F.message);
}

/** The `message` when it is encoded; `undefined` when it is JSON, or absent. Throws `INVALID_FRAME`. */
export function opaqueMessage(values: ObjectValues): OpaqueMessage | undefined {
  if (!values.has(F.encoding) && !values.has(F.contentType)) return undefined;
  if (values.value(F.encoding) !== ENCODING) refuse(F.encoding, ENCODING_RULE);
  const contentType = values.value(F.contentType);
  if (!isContentType(contentType)) return refuse(F.contentType, PAIRED_TYPE_RULE);
  const bytes = base64Bytes(values.value(F.message));
  return bytes === undefined ? refuse(F.message, BASE64_RULE) : { bytes, contentType };
}

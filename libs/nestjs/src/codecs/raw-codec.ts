import { CONTENT_TYPE_RULE, errorFor, isContentType } from '@pochta/protocol';
import { unfit } from './codec-errors';
import type { PayloadCodec } from './payload-codec';

/**
 * Bytes as they are: a `Uint8Array` goes in and comes out. Encoding copies them, so that the caller may go on using its
 * buffer, and throws `VALIDATION_FAILED` for anything else.
 *
 * `contentType`: what the bytes are, default `application/octet-stream`. Throws `INVALID_CONFIG` unless it is 1 to 255
 * printable ASCII characters.
 */
export function raw(contentType = 'application/octet-stream'): PayloadCodec {
  checkContentType(contentType);
  return {
    contentType,
    selfDescribing: true,
    encode(value) {
      if (value instanceof Uint8Array) return Buffer.from(value);
      throw unfit(`must be a Uint8Array, as its topic's payloads are ${contentType}`);
    },
    decode: (bytes) => bytes,
  };
}

/** The codec with another content type, such as `application/vnd.acme.order+msgpack`. Throws `INVALID_CONFIG`. */
export function withContentType(codec: PayloadCodec, contentType: string): PayloadCodec {
  checkContentType(contentType);
  return {
    contentType,
    selfDescribing: codec.selfDescribing,
    encode: (value, topic) => codec.encode(value, topic),
    decode: (bytes, topic) => codec.decode(bytes, topic),
  };
}

function checkContentType(contentType: unknown): void {
  if (isContentType(contentType)) return;
  throw errorFor('INVALID_CONFIG', `contentType ${CONTENT_TYPE_RULE}`, { field: 'contentType' });
}

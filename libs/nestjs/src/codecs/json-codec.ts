import { errorFor } from '@pochta/protocol';
import type { PayloadCodec } from './payload-codec';

/**
 * JSON, the codec of topics that have no other. `undefined` is written as `null`, so that a handler may return nothing.
 *
 * Encoding throws `INVALID_FRAME` for what JSON cannot say (functions, big integers, cycles); decoding `INVALID_JSON`.
 */
export const jsonCodec: PayloadCodec = {
  contentType: undefined,
  selfDescribing: true,
  encode(value) {
    return Buffer.from(jsonOf(value), 'utf8');
  },
  decode(bytes) {
    try {
      return JSON.parse(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
      ) as unknown;
    } catch (cause) {
      throw errorFor('INVALID_JSON', undefined, { cause });
    }
  },
};

function jsonOf(value: unknown): string {
  if (value === undefined) return 'null';
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  const text = cause === undefined ? `not a ${typeof value}` : String(cause);
  throw errorFor('INVALID_FRAME', `message must be a JSON value: ${text}`, { field: 'message', cause });
}

import { errorFor, type Payload } from '@pochta/protocol';

/** The payload as a value: parsed when it is JSON, the bytes themselves when it is something else. */
export function parsePayload({ bytes, contentType }: Payload): unknown {
  if (contentType !== undefined) return bytes;
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}

/** As `parsePayload`, for an answer's message. */
export function parseMessage(message: string | Payload): unknown {
  return typeof message === 'string' ? message : parsePayload(message);
}

/** The value as JSON text. Throws `INVALID_FRAME` for what JSON has no form for. */
export function toJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw errorFor('INVALID_FRAME', `message must be a JSON value: ${String(error)}`, {
      field: 'message',
      cause: error,
    });
  }
  if (json === undefined)
    throw errorFor('INVALID_FRAME', 'message must be a JSON value', { field: 'message' });
  return json;
}

/** Checks that the bytes are one JSON value: anything else would end the frame early, or begin another one. */
export function checkJson(bytes: Uint8Array): Uint8Array {
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (error) {
    throw errorFor('INVALID_FRAME', 'message must be one JSON value', { field: 'message', cause: error });
  }
  return bytes;
}

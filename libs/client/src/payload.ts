import type { Payload } from '@pochta/protocol';

/** The payload as a value: parsed when it is JSON, the bytes themselves when it is something else. */
export function parsePayload({ bytes, contentType }: Payload): unknown {
  if (contentType !== undefined) return bytes;
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}

/** As `parsePayload`, for an answer's message. */
export function parseMessage(message: string | Payload): unknown {
  return typeof message === 'string' ? message : parsePayload(message);
}

import type { Payload } from '@pochta/protocol';
import { JsonText } from '@pochta/server';

/** What a handler is given: the JSON value, or the bytes of a payload that is not JSON. Throws a `SyntaxError`. */
export function valueOf({ bytes, contentType }: Payload): unknown {
  if (contentType !== undefined) return bytes;
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as unknown;
}

/**
 * What a handler's result is on the wire: its JSON text, or the bytes themselves. Throws a `TypeError` for what JSON
 * cannot say (functions, big integers, cycles).
 */
export function payloadOf(value: unknown, contentType?: string): Payload {
  if (value instanceof Uint8Array)
    return { bytes: value, contentType: contentType ?? 'application/octet-stream' };
  const text = value instanceof JsonText ? value.text : (JSON.stringify(value) as string | undefined);
  if (text === undefined) throw new TypeError(`a handler returned a ${typeof value}, which is not JSON`);
  return { bytes: Buffer.from(text, 'utf8') };
}

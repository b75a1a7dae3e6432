import { errorFor, type Payload } from '@pochta/protocol';
import { checkContentType } from './argument-checks';

/**
 * A payload as bytes: what a request is replied to with, and what may be given wherever a value is to be sent, to send the
 * bytes as they are.
 */
export class RawPayload implements Payload {
  #value: unknown;
  #parsed = false;

  constructor(
    /** Must not change before they are sent. Those received may keep the chunk they came in alive: copy them to keep them. */
    readonly bytes: Uint8Array,
    /** MIME type of the bytes, 1 to 255 printable ASCII characters; left out, the bytes are one JSON value. */
    readonly contentType?: string,
  ) {}

  /** The JSON value, parsed at the first reading, which throws for what is no JSON; with a content type `bytes` itself. */
  get value(): unknown {
    if (!this.#parsed) this.#value = parsePayload(this);
    this.#parsed = true;
    return this.#value;
  }
}

/** The payload as a value: parsed when it is JSON, the bytes themselves when it is something else. */
export function parsePayload({ bytes, contentType }: Payload): unknown {
  if (contentType !== undefined) return bytes;
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}

/** As `parsePayload`, for an answer's message. */
export function parseMessage(message: string | Payload): unknown {
  return typeof message === 'string' ? message : parsePayload(message);
}

/** What is sent for a value. Throws `INVALID_FRAME` for what JSON has no form for. */
export function toPayload(value: unknown): Payload {
  if (!(value instanceof RawPayload)) return { bytes: Buffer.from(toJson(value)) };
  checkBytes(value.bytes, value.contentType);
  return value;
}

/** The value as JSON text. Throws `INVALID_FRAME` for what JSON has no form for. */
export function toJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw invalidMessage(`must be a JSON value: ${String(error)}`, error);
  }
  if (json === undefined) throw invalidMessage('must be a JSON value');
  return json;
}

/** Checks bytes that are to go out as they are; without a content type they must be JSON. Throws `INVALID_FRAME`. */
export function checkBytes(bytes: Uint8Array, contentType: string | undefined): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidMessage('must be a Uint8Array');
  if (contentType === undefined) checkJson(bytes);
  else checkContentType(contentType);
  return bytes;
}

/** Checks that the bytes are one JSON value: anything else would end the frame early, or begin another one. */
function checkJson(bytes: Uint8Array): void {
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (error) {
    throw invalidMessage('must be one JSON value', error);
  }
}

function invalidMessage(problem: string, cause?: unknown): Error {
  return errorFor('INVALID_FRAME', `message ${problem}`, { field: 'message', cause });
}

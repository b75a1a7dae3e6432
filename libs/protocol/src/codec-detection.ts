import { beginsAsBinary, CLIENT_PREFACE_BYTES, MAGIC } from './binary/preface';

/** What a connection's first bytes say that its peer speaks. */
export type DetectedCodec = 'binary' | 'http' | 'json-lines' | 'unknown';

// What an HTTP request line begins with. No JSON frame begins with a letter.
const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'].map(
  (method) => Buffer.from(`${method} `),
);

/**
 * Tells the codec by a connection's first bytes; `undefined` while they are too few. Whatever is not the beginning of
 * a method's name or of the binary preface is decided by the first byte, so nobody waits for more than the 8 bytes of
 * `OPTIONS `, but for who speaks binary frames: it is answered when its preface is whole.
 *
 *     the magic, and 5 bytes more               binary preface
 *     GET, POST, ... and a space                HTTP request line
 *     other printable ASCII, or white space     JSON lines
 *     anything else                             unknown
 */
export function detectCodec(start: Uint8Array): DetectedCodec | undefined {
  if (start.length === 0) return undefined;
  const first = start[0];
  if (first === MAGIC[0] && beginsAsBinary(start))
    return start.length < CLIENT_PREFACE_BYTES ? undefined : 'binary';
  const isText = (first >= 0x20 && first < 0x7f) || first === 0x09 || first === 0x0a || first === 0x0d;
  if (!isText) return 'unknown';
  let open = false;
  for (const method of METHODS) {
    const length = Math.min(method.length, start.length);
    if (!method.subarray(0, length).equals(start.subarray(0, length))) continue;
    if (length === method.length) return 'http';
    open = true;
  }
  return open ? undefined : 'json-lines';
}

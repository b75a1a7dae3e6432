/**
 * JSON as Python's `json.dumps` writes it by default: ASCII, `\uXXXX` for the rest, `, ` and `: ` as separators, no
 * other white space. Works token by token: numbers keep their digits, members their order.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
// Everything but printable ASCII, by UTF-16 code unit.
const TO_ESCAPE = /["\\]|[^\x20-\x7e]/g;

/** A string as JSON in ASCII. */
export function asciiText(text: string): string {
  return `"${text.replace(TO_ESCAPE, escapeUnit)}"`;
}

function escapeUnit(unit: string): string {
  return SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `json` must be one valid JSON value in UTF-8. */
export function spacedJson(json: Uint8Array): string {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.length);
  let out = '';
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = textEnd(bytes, at);
      out += reEscaped(bytes, at, end);
      at = end;
    } else {
      if (byte > SPACE) out += String.fromCharCode(byte);
      if (byte === COMMA || byte === COLON) out += ' ';
      at++;
    }
  }
  return out;
}

/** Where the string that begins at `start` ends, behind its closing quote. */
function textEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** A string token with the escapes that `json.dumps` would choose. */
function reEscaped(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at] >= 0x7f || bytes[at] === BACKSLASH) {
      return asciiText(JSON.parse(bytes.toString('utf8', start, end)) as string);
    }
  }
  return bytes.toString('latin1', start, end);
}

import { errorFor } from '@pochta/protocol';
import { printable } from './printable';

/**
 * How text on the command line or a line of input becomes a message. `auto`: JSON where it is JSON, a string otherwise,
 * but what begins like an object, an array or a string must be one.
 */
export type TextForm = 'auto' | 'json' | 'text';

const MUST_BE_JSON = /^\s*[[{"]/;
const MAX_SHOWN = 60;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The message as JSON, in its own digits. Throws `INVALID_JSON`, with `where` before what is wrong. */
export function messageJson(bytes: Uint8Array, form: TextForm, where = ''): Uint8Array {
  const text = decoded(bytes, where);
  if (form !== 'text') {
    const mistake = jsonMistake(text);
    if (mistake === undefined) return Buffer.from(text);
    if (form === 'json' || MUST_BE_JSON.test(text)) {
      throw errorFor('INVALID_JSON', `${where}${shown(text)} is not JSON: ${mistake}`);
    }
  }
  return Buffer.from(JSON.stringify(text));
}

function decoded(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw errorFor('INVALID_JSON', `${where}it is not UTF-8`);
  }
}

function jsonMistake(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    // Node.js repeats the text; the line has it already.
    return (error as Error).message.replace(/, ?(\.\.\.)?".*$/s, '').replace(/ \(line .*$/, '');
  }
}

function shown(text: string): string {
  return printable(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

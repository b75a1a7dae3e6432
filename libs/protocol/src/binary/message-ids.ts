import type { MessageIdSeries } from '../client-codec';
import { invalidField } from '../json-lines/field-checks';
import { MAX_NAME_LENGTH } from '../limits';
import type { ByteReader } from './byte-reader';
import type { ByteWriter } from './byte-writer';

/** Digits that a number of a series may have; all such numbers are safe integers. */
const MAX_DIGITS = 15;
const MAX_PREFIX = MAX_NAME_LENGTH - 16;
const ZERO = 0x30;
const NINE = 0x39;

/** The ids as a series; `undefined` when they are none, or one is missing. */
export function seriesOf(
  ids: readonly (string | undefined)[],
  from: number,
  to: number,
): MessageIdSeries | undefined {
  const first = ids[from];
  if (first === undefined) return undefined;
  const prefix = prefixOf(first);
  if (prefix.length > MAX_PREFIX) return undefined;
  const numbers = new Array<number>(to - from);
  let last = 0;
  for (let index = from; index < to; index++) {
    const id = ids[index];
    if (id === undefined || !id.startsWith(prefix)) return undefined;
    const number = numberOf(id, prefix.length);
    if (number < last) return undefined;
    numbers[index - from] = last = number;
  }
  return { prefix, numbers };
}

/** Of the messages `[from, to)`: text prefix, varint first number, and for each other varint how much larger its is. */
export function writeSeries(
  writer: ByteWriter,
  { prefix, numbers }: MessageIdSeries,
  from: number,
  to: number,
): void {
  writer.text(prefix);
  let last = 0;
  for (let index = from; index < to; index++) {
    const number = numbers[index];
    writer.varint(number - last);
    last = number;
  }
}

export function readSeries(reader: ByteReader, count: number): string[] {
  const prefix = reader.text();
  if (prefix.length > MAX_PREFIX)
    throw invalidField('messageId', `must have at most ${MAX_PREFIX} characters before its number`);
  const ids = new Array<string>(count);
  let number = 0;
  for (let index = 0; index < count; index++) {
    number += reader.varint();
    if (number > Number.MAX_SAFE_INTEGER)
      throw invalidField('messageId', 'must end in a number up to 2^53 - 1');
    ids[index] = prefix + number;
  }
  return ids;
}

function prefixOf(id: string): string {
  let at = id.length;
  while (at > 0 && id.length - at < MAX_DIGITS && isDigit(id.charCodeAt(at - 1))) at--;
  // A number that begins with 0 would not come back as it was.
  while (at < id.length - 1 && id.charCodeAt(at) === ZERO) at++;
  return id.slice(0, at);
}

/** The number that the id ends in, from there on; -1 when it is none that is written as numbers are. */
function numberOf(id: string, from: number): number {
  const digits = id.length - from;
  if (digits < 1 || digits > MAX_DIGITS || (digits > 1 && id.charCodeAt(from) === ZERO)) return -1;
  let number = 0;
  for (let at = from; at < id.length; at++) {
    const code = id.charCodeAt(at);
    if (!isDigit(code)) return -1;
    number = 10 * number + code - ZERO;
  }
  return number;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

import { invalidField } from '../json-lines/field-checks';
import { MAX_SEQUENCES } from '../limits';
import type { ByteReader } from './byte-reader';
import type { ByteWriter } from './byte-writer';

const RULE = `must be 1 to ${MAX_SEQUENCES} positive integers`;

/**
 *     varint ranges, each: varint first, varint how many follow it
 *
 * The order is kept, so a list in any order can be said; one that ascends without holes is one range.
 */
export function writeSequences(writer: ByteWriter, sequences: readonly number[]): void {
  const ranges: number[] = [];
  for (const sequence of sequences) {
    const last = ranges.length - 1;
    if (last > 0 && sequence === ranges[last - 1] + ranges[last] + 1) ranges[last]++;
    else ranges.push(sequence, 0);
  }
  writer.varint(ranges.length / 2);
  for (const value of ranges) writer.varint(value);
}

/** Throws `INVALID_FRAME` before it makes more of them than may be. */
export function readSequences(reader: ByteReader): number[] {
  const count = reader.varint();
  if (count < 1 || count > MAX_SEQUENCES) throw invalidField('sequences', RULE);
  const sequences: number[] = [];
  for (let range = 0; range < count; range++) {
    const first = reader.varint();
    const more = reader.varint();
    const end = first + more;
    if (first < 1 || !Number.isSafeInteger(end) || sequences.length + more >= MAX_SEQUENCES)
      throw invalidField('sequences', RULE);
    for (let sequence = first; sequence <= end; sequence++) sequences.push(sequence);
  }
  return sequences;
}

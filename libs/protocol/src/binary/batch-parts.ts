import type { MessageBatch } from '../message-batch';
import { MAX_FRAME_MESSAGES } from './layout';
import { weightOf, type AttributeColumn } from './message-attributes';

/** Bytes of a message's end. */
const END_BYTES = 4;

/**
 * Calls back for each part of the batch that makes one frame: as many messages as have at most `target` bytes together,
 * with what they carry, and one at least.
 */
export function forEachPart(
  batch: MessageBatch,
  column: AttributeColumn | undefined,
  target: number,
  onPart: (from: number, to: number) => void,
): void {
  const { count } = batch;
  if (column === undefined && count <= MAX_FRAME_MESSAGES && batch.byteLength + END_BYTES * count <= target) {
    onPart(0, count);
    return;
  }
  let from = 0;
  let weight = 0;
  for (let index = 0; index < count; index++) {
    const length = batch.end(index) - batch.start(index);
    const own = length + END_BYTES + (column === undefined ? 0 : weightOf(column, index));
    if (index > from && (weight + own > target || index - from === MAX_FRAME_MESSAGES)) {
      onPart(from, index);
      from = index;
      weight = 0;
    }
    weight += own;
  }
  onPart(from, count);
}

import type { StoredBatch } from '@pochta/protocol';

/** The messages of a stored batch with sequences from `from` up to, but without, `to`; at least one must be there. */
export function sliceStored(batch: StoredBatch, from: number, to: number): StoredBatch {
  const { count } = batch.messages;
  const start = Math.max(0, from - batch.firstSequence);
  const end = Math.min(count, to - batch.firstSequence);
  if (start === 0 && end === count) return batch;
  return { ...batch, firstSequence: batch.firstSequence + start, messages: batch.messages.slice(start, end) };
}

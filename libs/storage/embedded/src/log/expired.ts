import type { GapReason, StoredBatch } from '@pochta/protocol';
import { sliceStored } from './stored-batch';

/** Why a message that is still held must not be delivered any more; `undefined` when it may be. */
export function expiry(
  batch: StoredBatch,
  index: number,
  maxAge: number,
  now: number,
): 'age' | 'expired' | undefined {
  if (batch.timestamp + maxAge <= now) return 'age';
  const ttl = batch.messages.attributes?.[index]?.ttl;
  return ttl !== undefined && batch.timestamp + ttl <= now ? 'expired' : undefined;
}

/** Whether any message of the batch can be too old at some time. */
export function canExpire({ messages }: StoredBatch, maxAge: number): boolean {
  if (maxAge !== Number.MAX_SAFE_INTEGER) return true;
  return messages.hasAttributes(({ ttl }) => ttl !== undefined);
}

/** The end of the stretch from `index` on, up to `end`, that is as this message is: why it is too old, or that it is not. */
export function stretchEnd(
  batch: StoredBatch,
  index: number,
  end: number,
  maxAge: number,
  now: number,
): { readonly end: number; readonly reason: GapReason | undefined } {
  if (!canExpire(batch, maxAge)) return { end, reason: undefined };
  const reason = expiry(batch, index, maxAge, now);
  let to = index + 1;
  while (to < end && expiry(batch, to, maxAge, now) === reason) to++;
  return { end: to, reason };
}

/** A batch without the messages that are too old: the parts between them. */
export function unexpired(batch: StoredBatch, maxAge: number, now: number): StoredBatch[] {
  const { firstSequence, messages } = batch;
  const parts: StoredBatch[] = [];
  for (let index = 0; index < messages.count;) {
    const { end, reason } = stretchEnd(batch, index, messages.count, maxAge, now);
    if (reason === undefined) parts.push(sliceStored(batch, firstSequence + index, firstSequence + end));
    index = end;
  }
  return parts;
}

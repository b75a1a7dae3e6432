import type { MessageAttributes, StoredBatch } from '@pochta/protocol';
import type { LogContent } from '../log/log-content';
import { numbersKey } from '../records/record-space';

/** Of the record that says when the first message of a batch expires. */
export function expiryKey(time: number, { firstSequence }: StoredBatch): Buffer {
  return numbersKey(time, firstSequence);
}

/** When the first of the messages from index `from` up to, but without, `to` expires by its `ttl`. */
export function earliestExpiry({ messages, timestamp }: StoredBatch, from: number, to: number): number {
  let earliest = Infinity;
  if (messages.attributes === undefined || !messages.hasAttributes(hasTtl)) return earliest;
  for (let index = from; index < to; index++) {
    const ttl = messages.attributes[index]?.ttl;
    if (ttl !== undefined) earliest = Math.min(earliest, ttl);
  }
  return timeOf(timestamp, earliest);
}

/** The batch is gone: so is its record, whichever of its messages that was for. */
export function forgetExpiry({ expiry }: LogContent, batch: StoredBatch): void {
  if (!batch.messages.hasAttributes(hasTtl)) return;
  const ttls = new Set(batch.messages.attributes?.map((one) => one?.ttl));
  for (const ttl of ttls) {
    if (ttl !== undefined) expiry.delete(expiryKey(timeOf(batch.timestamp, ttl), batch));
  }
}

function hasTtl({ ttl }: MessageAttributes): boolean {
  return ttl !== undefined;
}

function timeOf(timestamp: number, ttl: number): number {
  return ttl === Infinity ? Infinity : Math.min(Number.MAX_SAFE_INTEGER - 1, Math.ceil(timestamp + ttl));
}

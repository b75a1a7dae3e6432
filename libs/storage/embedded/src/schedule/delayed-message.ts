import { MessageBatch, type MessageAttributes } from '@pochta/protocol';

/**
 * A message that waits until it is due, as the value of its record, little-endian. The format is the first byte.
 *
 * | bytes | what |
 * | --- | --- |
 * | 1 | format: 1 |
 * | 4 | bytes of attributes |
 * | | attributes, without `delay` and `deliverAt`: a JSON object, or nothing when there are none |
 * | | payload |
 */
const FORMAT = 1;
const HEADER = 5;

export interface DelayedMessage {
  readonly payload: Buffer;
  readonly attributes: MessageAttributes | undefined;
}

export function encodeDelayed(payload: Uint8Array, attributes: MessageAttributes | undefined): Buffer {
  const text = attributes === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(attributes));
  const value = Buffer.allocUnsafeSlow(HEADER + text.length + payload.length);
  value[0] = FORMAT;
  value.writeUInt32LE(text.length, 1);
  value.set(text, HEADER);
  value.set(payload, HEADER + text.length);
  return value;
}

/** The payload stays where it is in `value`. Throws when these are not the bytes of a message. */
export function decodeDelayed(value: Buffer): DelayedMessage {
  const start = value.length < HEADER ? Infinity : HEADER + value.readUInt32LE(1);
  if (value[0] !== FORMAT || start > value.length) throw new Error('a message that waits is damaged');
  const text = value.subarray(HEADER, start).toString();
  return {
    payload: value.subarray(start),
    attributes: text === '' ? undefined : (JSON.parse(text) as MessageAttributes),
  };
}

/** When a message becomes due, in store time; `undefined` when it is stored at once. */
export type DueTimeOf = (attributes: MessageAttributes | undefined) => number | undefined;

/** `now` in store time; `wallShift`: ms from the wall clock to the store's time. */
export function dueAfter(now: number, wallShift: number): DueTimeOf {
  return (attributes) => {
    const { delay, deliverAt } = attributes ?? {};
    const due = delay !== undefined ? now + delay : deliverAt !== undefined ? deliverAt + wallShift : now;
    return due > now ? Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(due)) : undefined;
  };
}

/** A batch in two: what is stored at once, and the indices of what waits. */
export interface Split {
  readonly ready: MessageBatch | undefined;
  readonly waiting: readonly number[];
}

/** No message that is stored has a `delay` or a `deliverAt`: it has been delivered to the log. */
export function splitByDue(batch: MessageBatch, dueTimeOf: DueTimeOf): Split {
  const { attributes } = batch;
  if (!attributes?.some(isTimed)) return { ready: batch, waiting: [] };
  const waiting: number[] = [];
  const ready: number[] = [];
  for (let index = 0; index < batch.count; index++) {
    (dueTimeOf(attributes[index]) === undefined ? ready : waiting).push(index);
  }
  if (ready.length === 0) return { ready: undefined, waiting };
  const stripped = attributes.map(withoutDue);
  const all = new MessageBatch(batch.count, batch.bytes, batch.ends, stripped, batch.messageIds);
  return { ready: waiting.length === 0 ? all : all.select(ready), waiting };
}

function isTimed(attributes: MessageAttributes | undefined): boolean {
  return attributes?.delay !== undefined || attributes?.deliverAt !== undefined;
}

export function withoutDue(attributes: MessageAttributes | undefined): MessageAttributes | undefined {
  if (attributes === undefined || !isTimed(attributes)) return attributes;
  const { delay: _delay, deliverAt: _deliverAt, ...rest } = attributes;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

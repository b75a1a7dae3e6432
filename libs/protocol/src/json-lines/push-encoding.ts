import type { PushStyle } from '../codec';
import type { MessageAttributes, StoredBatch } from '../message-batch';
import { members } from './json-members';
import { encodingMembers, isJson, wireLengthOf, writeBase64 } from './opaque-payload';

const CLOSE = Buffer.from('}\n');
const NOTHING = Buffer.alloc(0);
const ZERO = 0x30;

/**
 *     {"type":"push","topic":T,"message":M[,META][,"encoding":"base64","contentType":C][,EXTRAS]} LF
 *     META   = "subscription":S[,"group":G],"sequence":N,"timestamp":MS,"epoch":E[,"deliveryCount":N]
 *     EXTRAS = ["headers":{...}][,"key":K][,"priority":N]
 *
 * META and EXTRAS are for subscriptions that asked for them. All pushes lie in one buffer.
 */
export function encodePushes(batch: StoredBatch, style: PushStyle, deliveryCount?: number): Buffer {
  const { messages } = batch;
  const withMeta = style.meta || style.group !== undefined;
  const prefix = Buffer.from(`{"type":"push","topic":${JSON.stringify(batch.topic)},"message":`);
  const { subscription, group, epoch } = style;
  const before = withMeta ? Buffer.from(`${members({ subscription, group })},"sequence":`) : NOTHING;
  const behind = withMeta
    ? Buffer.from(members({ timestamp: batch.timestamp, epoch, deliveryCount }))
    : NOTHING;
  const tails = messages.attributes?.map((attributes) => tail(attributes, withMeta));

  const last = messages.count - 1;
  const glue = Buffer.concat([CLOSE, prefix]);

  const out = Buffer.allocUnsafe(
    messages.count * (glue.length + before.length + behind.length) +
      (withMeta ? sequenceDigits(batch) : 0) +
      wireLengthOf(messages) +
      (tails === undefined ? 0 : tails.reduce((sum, bytes) => sum + bytes.length, 0)),
  );
  // All payloads are copied to the end at once and moved from there, which is twice as fast as to copy each of them.
  // None is overwritten before it is moved: what is still to be written is never shorter than the payloads in it.
  const payloads = out.length - messages.byteLength;
  out.set(messages.lentBytes.subarray(0, messages.byteLength), payloads);
  let at = write(prefix, out, 0);
  for (let index = 0, start = 0; index <= last; index++) {
    const end = messages.end(index);
    if (isJson(messages.attributes?.[index]?.contentType)) {
      out.copyWithin(at, payloads + start, payloads + end);
      at += end - start;
    } else at = writeBase64(messages.lentBytes.subarray(start, end), out, at);
    if (withMeta) {
      at = write(before, out, at);
      at = writeInteger(batch.firstSequence + index, out, at);
      at = write(behind, out, at);
    }
    if (tails !== undefined) at = write(tails[index], out, at);
    at = write(index === last ? CLOSE : glue, out, at);
    start = end;
  }
  return out;
}

function write(bytes: Buffer, out: Buffer, at: number): number {
  out.set(bytes, at);
  return at + bytes.length;
}

function tail(attributes: MessageAttributes | undefined, withMeta: boolean): Buffer {
  if (attributes === undefined) return NOTHING;
  const { contentType, headers, key, priority = 0 } = attributes;
  const extras = withMeta ? members({ headers, key, priority: priority === 0 ? undefined : priority }) : '';
  return Buffer.from(encodingMembers(contentType) + extras);
}

function sequenceDigits({ firstSequence, messages }: StoredBatch): number {
  let sum = 0;
  for (let index = 0; index < messages.count; index++) sum += digits(firstSequence + index);
  return sum;
}

function digits(value: number): number {
  let count = 1;
  for (let power = 10; value >= power; power *= 10) count++;
  return count;
}

/** Writes a non-negative integer in digits; returns where it ends. */
function writeInteger(value: number, out: Buffer, at: number): number {
  const end = at + digits(value);
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    const next = Math.floor(rest / 10);
    out[place] = ZERO + (rest - next * 10);
    rest = next;
  }
  return end;
}

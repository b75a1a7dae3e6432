import type { MessageAttributes, MessageBatch } from '@pochta/protocol';
import { HEADER } from './batch-value';

/** A batch is not cut when fewer messages fit into a part: too much of each part would stay empty. */
const LEAST = 8;
/** Of a message, beside its payload. */
const END = 4;
/** What JSON has around an attribute, at most; of a number, with the number. */
const AROUND = 18;
const NUMBER = 36;

/** A batch in parts whose values are of `room` bytes at most; as it is, when its messages are too large for that. */
export function partsOf(messages: MessageBatch, room: number): readonly MessageBatch[] {
  const { count, uniform } = messages;
  const head = uniform === undefined ? HEADER : HEADER + attributeBytes(uniform);
  const size = messages.byteLength + count * END;
  if (head + size <= room && (messages.attributes === undefined || uniform !== undefined)) return [messages];
  if ((size / count) * LEAST > room) return [messages];
  const parts: MessageBatch[] = [];
  let from = 0;
  let used = head;
  for (let index = 0; index < count; index++) {
    const own = uniform === undefined ? ownBytes(messages, index) : 0;
    const bytes = END + messages.end(index) - messages.start(index) + own;
    if (used + bytes > room && index > from) {
      parts.push(messages.slice(from, index));
      from = index;
      used = head;
    }
    used += bytes;
  }
  return from === 0 ? [messages] : [...parts, messages.slice(from, count)];
}

function ownBytes({ attributes }: MessageBatch, index: number): number {
  if (attributes === undefined) return 0;
  const own = attributes[index];
  return own === undefined ? 'null,'.length : attributeBytes(own);
}

/** About so many: a part that is longer takes more pages, and that is all. */
function attributeBytes(attributes: MessageAttributes): number {
  let bytes = AROUND;
  for (const name in attributes) {
    const value = attributes[name as keyof MessageAttributes];
    if (typeof value === 'string') bytes += value.length + AROUND;
    else if (typeof value === 'number') bytes += NUMBER;
    else bytes += headerBytes(value);
  }
  return bytes;
}

function headerBytes(headers: MessageAttributes['headers']): number {
  let bytes = AROUND;
  for (const name in headers) bytes += name.length + headers[name].length + '"":"",'.length;
  return bytes;
}

import type { Delivery, Gap, RawPayload, ReceivedMessage } from '@pochta/client';
import { printable, printableJson } from './printable';

export interface LineOptions {
  /** An object with everything there is to say of the message, rather than the message alone. */
  readonly json?: boolean;
  /** Whether the topic is told, because it may be any of several. */
  readonly withTopic: boolean;
}

/** One line for one message. */
export function messageLine(message: ReceivedMessage | Delivery, { json, withTopic }: LineOptions): string {
  if (json) return detailedLine(message);
  const line = payloadLine(message);
  return withTopic ? `${printable(message.topic)} ${line}` : line;
}

/** One line for a payload: JSON as it was published, and how much there is of anything else. */
export function payloadLine({ bytes, contentType }: Pick<RawPayload, 'bytes' | 'contentType'>): string {
  if (contentType !== undefined) return printable(`(${bytes.length} bytes of ${contentType})`);
  return printableJson(jsonText(bytes));
}

/** One line for a value. */
export function valueLine(value: unknown): string {
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  return printableJson(JSON.stringify(value));
}

export function gapLine({ topic, from, to, reason }: Gap): string {
  const which = from === to ? `message ${from} is` : `messages ${from} to ${to} are`;
  return printable(`(${topic}: ${which} missing: ${reason})`);
}

/** The message's own digits, rather than those of a JavaScript number, go to the end. */
function detailedLine(message: ReceivedMessage | Delivery): string {
  const { topic, sequence, timestamp, epoch, key, headers, priority, contentType, bytes } = message;
  const group = 'group' in message && { group: message.group, deliveryCount: message.deliveryCount };
  const opaque = contentType !== undefined && { contentType, encoding: 'base64' };
  const details = { topic, sequence, timestamp, epoch, key, headers, priority, ...group, ...opaque };
  const payload =
    contentType === undefined ? jsonText(bytes) : JSON.stringify(Buffer.from(bytes).toString('base64'));
  return printableJson(`${JSON.stringify(details).slice(0, -1)},"message":${payload}}`);
}

function jsonText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

import { DEAD_LETTER_HEADERS as HEADERS } from '@pochta/storage-contract';
import type { DeadLetterOrigin, Delivered } from '../history/events';
import type { PushFrame } from '../wire/frames';
import { wholePayload } from '../wire/payload';

/** What a push says, as an event; `undefined` for a payload that is not whole, or none of the tool's. */
export function readPush(
  push: PushFrame,
  actor: string,
  connection: number,
  asOf: number,
): Delivered | undefined {
  const { topic, message, contentType, sequence, timestamp, epoch, key, priority, group, deliveryCount } =
    push;
  const payload = wholePayload(message);
  if (payload === undefined) return undefined;
  return {
    type: 'delivered',
    at: Date.now(),
    actor,
    connection,
    topic,
    id: payload.m,
    sequence,
    timestamp,
    epoch,
    contentType,
    headers: push.headers && ownHeaders(push.headers),
    key,
    priority,
    group,
    deliveryCount,
    asOf,
    transaction: payload.t,
    deadLetter: push.headers && originOf(push.headers),
  };
}

const OF_DEAD_LETTERS: ReadonlySet<string> = new Set(Object.values(HEADERS));

function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_DEAD_LETTERS.has(name)));
}

export function originOf(headers: Readonly<Record<string, string>>): DeadLetterOrigin | undefined {
  const topic = headers[HEADERS.topic];
  if (topic === undefined) return undefined;
  return {
    topic,
    sequence: Number(headers[HEADERS.sequence]),
    group: headers[HEADERS.group],
    reason: headers[HEADERS.reason],
  };
}

import { DEAD_LETTER_HEADERS as HEADERS } from '@pochta/storage-contract';
import type { DeadLetterOrigin, Delivered } from '../history/events';
import type { Payload, PushFrame } from '../wire/frames';

/** What a push says, as an event; `undefined` for a payload that is none of the tool's. */
export function readPush(
  push: PushFrame,
  actor: string,
  connection: number,
  asOf: number,
): Delivered | undefined {
  const { topic, message, sequence, timestamp, epoch, key, group, deliveryCount, headers } = push;
  const payload = message as Partial<Payload> | null;
  if (typeof payload?.m !== 'string') return undefined;
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
    key,
    group,
    deliveryCount,
    asOf,
    transaction: payload.t,
    deadLetter: headers && originOf(headers),
  };
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

import {
  errorFor,
  MAX_DELAY,
  type MessageAttributes,
  type MessageBatch,
  type PochtaError,
} from '@pochta/protocol';
import { unsupported, type Clock, type MessageStore } from '@pochta/storage-contract';

/** How far back a `deliverAt` may be, in ms: a publish that is sent again after a reconnect is not refused. */
const MAX_LATENESS = 3_600_000;

/**
 * Messages that cannot be stored as they are, by index: they ask for what the engine cannot do (`NOT_SUPPORTED`), or are
 * due too far from now (`DELAY_OUT_OF_RANGE`). `undefined` when there are none.
 */
export function impossibleMessages(
  messages: MessageBatch,
  { store, clock }: { readonly store: MessageStore; readonly clock: Clock },
): Map<number, PochtaError> | undefined {
  if (!messages.hasAttributes((attributes) => refusalOf(attributes, store, clock) !== undefined))
    return undefined;
  let refused: Map<number, PochtaError> | undefined;
  messages.attributes?.forEach((attributes, index) => {
    const refusal = attributes && refusalOf(attributes, store, clock);
    if (refusal !== undefined) (refused ??= new Map()).set(index, refusal);
  });
  return refused;
}

function refusalOf(
  attributes: MessageAttributes,
  store: MessageStore,
  clock: Clock,
): PochtaError | undefined {
  const { priority, delay, deliverAt, ttl } = attributes;
  const { priorities, delays, expiry } = store.capabilities;
  if (priority && !priorities) return unsupported('priority', store);
  if (ttl !== undefined && !expiry) return unsupported('ttl', store);
  if (delay === undefined && deliverAt === undefined) return undefined;
  if (!delays) return unsupported('delay', store);
  if (deliverAt === undefined) return undefined;
  const ahead = deliverAt - clock.now();
  if (ahead <= MAX_DELAY && ahead >= -MAX_LATENESS) return undefined;
  return errorFor('DELAY_OUT_OF_RANGE', 'deliverAt must be at most 366 days ahead, and at most an hour past');
}

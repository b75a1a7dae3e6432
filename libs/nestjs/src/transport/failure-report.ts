import type { Logger } from '@nestjs/common';
import { printable } from '../logging/printable';
import type { EventBinding } from './bindings';
import { isDeadLetter } from './dead-letters';
import type { Failure } from './failure';
import { publishFailure } from './failure-channel';
import type { Counts, SettleVerb } from './handler-counts';

/** Which delivery of which message a handler failed on. */
interface FailedMessage {
  readonly topic: string;
  readonly sequence: number;
  readonly deliveryCount?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const SETTLED_BEFORE = {
  ack: 'the handler has acked it before',
  nack: 'the handler has nacked it before, and it comes again',
  terminate: 'the handler has terminated it before: it is a dead letter now',
} as const;

const NO_DEAD_LETTERS = 'a dead-letter topic has no dead letters of its own';

/** Counts a failure, and tells of it and of what becomes of the message. */
export function reportFailure(
  logger: Logger,
  binding: EventBinding,
  counts: Counts,
  message: FailedMessage,
  failure: Failure,
  settledBy?: SettleVerb,
): void {
  const { broadcast = false, group } = binding.options;
  const verb = settledBy ?? failure.verb;
  counts.failed++;
  if (!broadcast && verb !== 'ack') counts[verb === 'nack' ? 'retried' : 'terminated']++;
  const { topic, sequence, deliveryCount = 1 } = message;
  if (group !== undefined) publishFailure(topic, group, sequence, failure.reason);
  const where = broadcast
    ? `${topic} ${sequence}`
    : `${topic} ${sequence}, delivery ${deliveryCount} to ${group}`;
  const settled = settledBy && SETTLED_BEFORE[settledBy];
  const next = broadcast
    ? 'it does not come again: a broadcast'
    : (settled ?? whatIsNext(binding, message, failure));
  const text = `${binding.place} failed on ${where}: ${failure.reason}; ${next}`;
  if (failure.expected === true) logger.warn(printable(text));
  else logger.error(printable(text));
}

function whatIsNext({ options }: EventBinding, message: FailedMessage, { verb, delay }: Failure): string {
  if (options.manualAck === true) return 'what the handler has not settled comes again';
  const { deliveryCount = 1 } = message;
  const { maxDeliveries, backoff } = options;
  const isLast = maxDeliveries !== undefined && deliveryCount >= maxDeliveries;
  const again = `it comes again ${whenText(delay ?? backoffOf(backoff, deliveryCount))}`;
  if (isDeadLetter(message)) {
    if (verb === 'terminate') return `the group is done with it: ${NO_DEAD_LETTERS}`;
    return `${isLast ? 'it comes again after the longest backoff' : again}: ${NO_DEAD_LETTERS}`;
  }
  if (verb === 'terminate' || isLast) return 'it is a dead letter now';
  return maxDeliveries === undefined ? `${again}, unless this was its last delivery` : again;
}

function whenText(wait: number | undefined): string {
  return wait === undefined ? "after the group's backoff" : `in about ${wait} ms`;
}

/** ms; `undefined` when it is the topic's policy that says. */
function backoffOf(backoff: EventBinding['options']['backoff'], deliveryCount: number): number | undefined {
  if (backoff?.min === undefined || backoff.max === undefined) return undefined;
  return Math.min(backoff.max, backoff.min * 2 ** Math.min(deliveryCount - 1, 40));
}

import type { Logger } from '@nestjs/common';
import { printable } from '../logging/printable';
import type { EventBinding } from './bindings';
import type { Failure } from './failure';
import type { Counts } from './handler-counts';

/** Which delivery of which message a handler failed on. */
interface FailedMessage {
  readonly topic: string;
  readonly sequence: number;
  readonly deliveryCount?: number;
}

/** Counts a failure, and tells of it and of what becomes of the message. */
export function reportFailure(
  logger: Logger,
  binding: EventBinding,
  counts: Counts,
  message: FailedMessage,
  failure: Failure,
): void {
  const { broadcast = false, group } = binding.options;
  counts.failed++;
  if (!broadcast) counts[failure.verb === 'nack' ? 'retried' : 'terminated']++;
  const { topic, sequence, deliveryCount = 1 } = message;
  const where = broadcast
    ? `${topic} ${sequence}`
    : `${topic} ${sequence}, delivery ${deliveryCount} to ${group}`;
  const next = broadcast
    ? 'it does not come again: a broadcast'
    : whatIsNext(binding, deliveryCount, failure);
  const text = `${binding.place} failed on ${where}: ${failure.reason}; ${next}`;
  if (failure.expected === true) logger.warn(printable(text));
  else logger.error(printable(text));
}

function whatIsNext({ options }: EventBinding, deliveryCount: number, { verb, delay }: Failure): string {
  if (options.manualAck === true) return 'what the handler has not settled comes again';
  if (verb === 'terminate') return 'it is a dead letter now';
  const { maxDeliveries, backoff } = options;
  if (maxDeliveries !== undefined && deliveryCount >= maxDeliveries) return 'it is a dead letter now';
  const wait = delay ?? backoffOf(backoff, deliveryCount);
  const when = wait === undefined ? "after the group's backoff" : `in about ${wait} ms`;
  return `it comes again ${when}${maxDeliveries === undefined ? ', unless this was its last delivery' : ''}`;
}

/** ms; `undefined` when it is the topic's policy that says. */
function backoffOf(backoff: EventBinding['options']['backoff'], deliveryCount: number): number | undefined {
  if (backoff?.min === undefined || backoff.max === undefined) return undefined;
  return Math.min(backoff.max, backoff.min * 2 ** Math.min(deliveryCount - 1, 40));
}

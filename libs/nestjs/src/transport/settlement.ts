import type { Logger } from '@nestjs/common';
import type { Delivery } from '@pochta/client';
import type { PochtaError } from '@pochta/protocol';
import type { EventBinding } from './bindings';
import { kept } from './dead-letters';
import type { Failure } from './failure';
import { reportFailure } from './failure-report';
import { type Counts, noCounts, type SettleVerb } from './handler-counts';

/** A handler, and how often what became of its messages. */
export interface CountedBinding extends EventBinding {
  readonly counts: Counts;
}

export function counted(binding: EventBinding): CountedBinding {
  return { ...binding, counts: noCounts(binding.pattern, binding.options.group) };
}

/** Tells of a delivery that failed, counts it, and settles it, unless the handler has: `settledBy`. */
export function settleFailed(
  binding: CountedBinding,
  delivery: Delivery,
  found: Failure,
  logger: Logger,
  settledBy?: SettleVerb,
): void {
  const failure = kept(delivery, found);
  reportFailure(logger, binding, binding.counts, delivery, failure, settledBy);
  settle(delivery, failure, logger);
}

/** Settles what failed, unless the handler has done so itself. What cannot be settled comes again in any case. */
export function settle(delivery: Delivery, { verb, delay, reason }: Failure, logger: Logger): void {
  if (!delivery.open) return;
  const onVoid = (error: PochtaError): void => {
    const text = `${verb} of ${delivery.topic} ${delivery.sequence}: ${error.message} (${error.code})`;
    if (error.code === 'NOT_IN_FLIGHT') logger.debug(text);
    else logger.warn(`${text}; it comes again after its ack deadline`);
  };
  const settled = verb === 'nack' ? delivery.nack(delay) : delivery.terminate(reason);
  settled.catch(onVoid);
  // What could not even be asked for must not be acked when the handler's promise is done.
  if (delivery.open) delivery.nack().catch(onVoid);
}

import type { BackoffOptions, SubscribeFrame } from '../frames';
import { MAX_DELIVERIES, MAX_PREFETCH, MAX_WAIT, MIN_ACK_DEADLINE } from '../limits';
import { F } from './client-frame-fields';
import { isInteger, isObject, optionalInteger, optionalName, refuse } from './field-checks';
import type { ObjectValues } from './object-values';
import { presentFields } from './present-fields';

/** What `backoff` must be, to be read behind its name. */
export const BACKOFF_RULE = `must be {"min":ms,"max":ms}, integers from 1 to ${MAX_WAIT}, min not above max; either may be left out`;
/** Told of a field that is of no use without `group`. */
export const GROUP_RULE = 'must not be given without group';

type GroupFields = Pick<SubscribeFrame, 'group' | 'prefetch' | 'ackDeadline' | 'maxDeliveries' | 'backoff'>;

/** The fields of a `subscribe` that make it a member of a consumer group. Throws `INVALID_FRAME`. */
export function readGroupFields(values: ObjectValues): GroupFields {
  const group = optionalName(values, F.group);
  const prefetch = optionalInteger(values, F.prefetch, 1, MAX_PREFETCH);
  const ackDeadline = optionalInteger(values, F.ackDeadline, MIN_ACK_DEADLINE, MAX_WAIT);
  const maxDeliveries = optionalInteger(values, F.maxDeliveries, 1, MAX_DELIVERIES);
  const backoff = optionalBackoff(values);
  if (group === undefined) {
    for (const field of [F.prefetch, F.ackDeadline, F.maxDeliveries, F.backoff]) {
      if (values.has(field)) refuse(field, GROUP_RULE);
    }
  }
  return { group, prefetch, ackDeadline, maxDeliveries, backoff };
}

/** The `backoff` that the value says; `undefined` when it says nothing of use. */
export function readBackoff(value: unknown): BackoffOptions | undefined {
  if (!isObject(value)) return undefined;
  const own = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const [min, max] = [own('min'), own('max')];
  if (min !== undefined && !isInteger(min, 1, MAX_WAIT)) return undefined;
  if (max !== undefined && !isInteger(max, 1, MAX_WAIT)) return undefined;
  if (min !== undefined && max !== undefined && min > max) return undefined;
  return presentFields({ min, max });
}

function optionalBackoff(values: ObjectValues): BackoffOptions | undefined {
  const value = values.value(F.backoff);
  return value === undefined ? undefined : (readBackoff(value) ?? refuse(F.backoff, BACKOFF_RULE));
}

import { errorFor } from '@pochta/protocol';
import { instanceOf } from '../validation/class-shape';
import { checkPayload } from '../topics/payload-check';
import type { PayloadClass } from '../topics/topic-definition';
import { textOf } from './failure';

/**
 * The payload as an instance of its topic's class; what is no object as it is. Rejects with `VALIDATION_FAILED`. Gives
 * no promise for a class that checks nothing. Never throws.
 */
export function validated(type: PayloadClass<unknown>, value: unknown): unknown {
  const plain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof type);
  let payload = value;
  try {
    if (plain) payload = instanceOf(type as PayloadClass<object>, value);
  } catch (error) {
    // The class's constructor, setters or transforms.
    return Promise.reject(errorFor('VALIDATION_FAILED', textOf(error), { cause: error }));
  }
  return checkPayload(type, payload)?.then(() => payload) ?? payload;
}

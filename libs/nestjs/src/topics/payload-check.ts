import { errorFor, type PochtaError } from '@pochta/protocol';
import { validate } from 'class-validator';
import { ClassRules } from '../validation/class-rules';
import { instanceOf } from '../validation/class-shape';
import { complaintsOf, isDecorated } from '../validation/complaints';
import type { PayloadClass } from './topic-definition';

/**
 * Checks a payload against the class of its topic. Gives no promise for a class without class-validator's decorators.
 * Rejects with `VALIDATION_FAILED`, which names each field that is wrong.
 */
export function checkPayload(
  type: PayloadClass<unknown> | undefined,
  payload: unknown,
): Promise<void> | undefined {
  if (type === undefined || !isDecorated(type)) return undefined;
  return check(type as PayloadClass<object>, payload);
}

async function check(type: PayloadClass<object>, payload: unknown): Promise<void> {
  // Of bytes, class-validator would find nothing wrong.
  if (
    typeof payload !== 'object' ||
    payload === null ||
    Array.isArray(payload) ||
    ArrayBuffer.isView(payload)
  )
    throw refusal('message', ['message must be an object']);
  const instance = payload instanceof type ? payload : instanceOf(type, payload);
  // class-validator is asked for what is wrong, once something may be.
  if (ClassRules.of(instance.constructor).areMet(instance)) return;
  const errors = await validate(instance, { forbidUnknownValues: false });
  if (errors.length === 0) return;
  const complaints = complaintsOf(errors);
  throw refusal(
    complaints.at(0)?.path ?? errors[0].property,
    complaints.map(({ sentence }) => sentence),
  );
}

function refusal(field: string, problems: readonly string[]): PochtaError {
  return errorFor('VALIDATION_FAILED', problems.join('; '), { field });
}

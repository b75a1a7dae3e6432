import { errorFor, type PochtaError } from '@pochta/protocol';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, type ValidationError } from 'class-validator';
import type { PayloadClass } from './topic-definition';

/**
 * Checks a payload against the class of its topic. Gives no promise for a class without class-validator's decorators.
 * Rejects with `VALIDATION_FAILED`, which names each field that is wrong.
 */
export function checkPayload(
  type: PayloadClass<unknown> | undefined,
  payload: unknown,
): Promise<void> | undefined {
  if (type === undefined || !isChecked(type)) return undefined;
  return check(type as PayloadClass<object>, payload);
}

async function check(type: PayloadClass<object>, payload: unknown): Promise<void> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw refusal('message', ['message must be an object']);
  const instance = payload instanceof type ? payload : plainToInstance(type, payload);
  const errors = await validate(instance, { forbidUnknownValues: false });
  if (errors.length > 0)
    throw refusal(
      firstField(errors[0]),
      errors.flatMap((error) => complaints(error)),
    );
}

function isChecked(type: PayloadClass<unknown>): boolean {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', true, false).length > 0;
}

function refusal(field: string, problems: readonly string[]): PochtaError {
  return errorFor('VALIDATION_FAILED', problems.join('; '), { field });
}

function firstField({ property, constraints, children = [] }: ValidationError): string {
  if (constraints !== undefined || children.length === 0) return property;
  return `${property}.${firstField(children[0])}`;
}

/** Texts of an error and of those below it, each with the path of its field. */
function complaints({ property, constraints, children = [] }: ValidationError, parent = ''): string[] {
  const path = `${parent}${property}`;
  const own = Object.values(constraints ?? {}).map((text) =>
    text.startsWith(`${property} `) ? `${parent}${text}` : `${path}: ${text}`,
  );
  return [...own, ...children.flatMap((child) => complaints(child, `${path}.`))];
}

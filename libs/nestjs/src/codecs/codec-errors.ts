import { errorFor, type PochtaError } from '@pochta/protocol';

/** `VALIDATION_FAILED` for a value that a codec cannot write; `field` is where in the value, `message` for all of it. */
export function unfit(problem: string, field = 'message', cause?: unknown): PochtaError {
  return errorFor('VALIDATION_FAILED', `${field} ${problem}`, { field, cause });
}

/** `VALIDATION_FAILED` for bytes that a codec cannot read. */
export function unreadable(format: string, cause: unknown): PochtaError {
  return errorFor('VALIDATION_FAILED', `payload is not ${format}: ${textOf(cause)}`, { cause });
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

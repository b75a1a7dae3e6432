import { ERROR_TABLE, type ErrorCode } from './error-table';

export interface PochtaErrorOptions extends ErrorOptions {
  /** The field that is wrong, for `INVALID_FRAME`, `INVALID_CONFIG` and `VALIDATION_FAILED`. */
  readonly field?: string;
  /** The sequences that are not in flight, for `NOT_IN_FLIGHT`. */
  readonly sequences?: readonly number[];
}

/**
 * Base of all errors of Pochta. Tell them apart by `code` or by class, never by the text. Abstract, so that there is none
 * without the class of its code: `errorFor` makes them.
 */
export abstract class PochtaError extends Error {
  // Declared only: what is not given is not to be printed as `undefined`.
  declare readonly field?: string;
  declare readonly sequences?: readonly number[];

  constructor(
    readonly code: ErrorCode,
    message: string = ERROR_TABLE[code].text,
    options: PochtaErrorOptions = {},
  ) {
    super(message, options);
    this.name = new.target.name;
    if (options.field !== undefined) this.field = options.field;
    if (options.sequences !== undefined) this.sequences = options.sequences;
  }

  /** Whether the same call may succeed later, unchanged. */
  get retriable(): boolean {
    return ERROR_TABLE[this.code].retriable;
  }
}

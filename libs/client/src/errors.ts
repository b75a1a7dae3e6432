import { PochtaError, RequestFailedError, errorFor, isErrorCode, type ErrorAnswer } from '@pochta/protocol';

/** One publish of a `publishMany` that was not confirmed. */
export interface PublishFailure {
  /** Index in the values. */
  readonly index: number;
  readonly error: PochtaError;
}

/** Some publishes of a `publishMany` failed; all others are stored. `code` is that of the first failure. */
export class PublishManyError extends PochtaError {
  constructor(
    /** In the order of the values; at least one. */
    readonly failures: readonly PublishFailure[],
    /** How many values there were. */
    readonly total: number,
  ) {
    const first = failures[0].error;
    super(first.code, `${failures.length} of ${total} publishes failed; the first: ${first.message}`, {
      cause: first,
    });
  }
}

/** A responder refused with a code of its own, one that is not in Pochta's table. */
export class ResponderError extends RequestFailedError {
  constructor(
    /** The code as it came. */
    readonly responderCode: string,
    message: string,
  ) {
    super(message);
  }
}

/** The error that the broker answered with, as an instance of its code's class. */
export function answerError(answer: ErrorAnswer): PochtaError {
  if (isErrorCode(answer.code)) return errorFor(answer.code, answer.message, { sequences: answer.sequences });
  return new ResponderError(answer.code, answer.message);
}

/** What an aborted signal makes of a wait. */
export function abortError(signal: AbortSignal): PochtaError {
  return errorFor('ABORTED', undefined, { cause: signal.reason });
}

/** Whether the broker may have done it. */
export function isUncertain({ code }: PochtaError): boolean {
  return code === 'OUTCOME_UNKNOWN' || code === 'REQUEST_TIMEOUT' || code === 'CONNECTION_CLOSED';
}

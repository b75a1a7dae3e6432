import { PochtaError } from '@pochta/protocol';

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

/** A responder, or a topic's handler, refused with a code that is not in Pochta's table. */
export class RequestFailedError extends PochtaError {
  constructor(
    /** The code as it came. */
    readonly remoteCode: string,
    message: string,
  ) {
    super('REQUEST_FAILED', message);
  }
}

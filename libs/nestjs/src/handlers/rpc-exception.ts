import { ResponderError } from '@pochta/client';

/** The text that Nest puts in place of an exception that no filter wants. */
export const UNKNOWN_EXCEPTION_TEXT = 'Internal server error';

/** What Nest makes of such an exception. */
const UNKNOWN_EXCEPTION = { status: 'error', message: UNKNOWN_EXCEPTION_TEXT } as const;

/** The code of an error reply whose message is JSON: what the handler's exception says, as under Nest's own transports. */
const RPC_EXCEPTION = 'RPC_EXCEPTION';

/** Whether it is what Nest makes of an exception that no filter wants. */
export function isUnknownException(error: unknown): boolean {
  const { status, message } = (error ?? {}) as { status?: unknown; message?: unknown };
  return status === UNKNOWN_EXCEPTION.status && message === UNKNOWN_EXCEPTION.message;
}

/** The error reply that says so; what JSON cannot say is told as an unknown exception. */
export function exceptionReply(said: unknown = UNKNOWN_EXCEPTION): ResponderError {
  let json: string | undefined;
  try {
    json = JSON.stringify(said);
  } catch {
    // A cycle, or a big integer.
  }
  return new ResponderError(RPC_EXCEPTION, json ?? JSON.stringify(UNKNOWN_EXCEPTION));
}

/** What the handler's exception said, out of the error that a request rejects with; other errors as they are. */
export function exceptionSaid(error: unknown): unknown {
  if (!(error instanceof ResponderError) || error.responderCode !== RPC_EXCEPTION) return error;
  try {
    return JSON.parse(error.message) as unknown;
  } catch {
    return error;
  }
}

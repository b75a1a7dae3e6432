import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { errorFor, isErrorCode, type PochtaError } from '@pochta/protocol';
import { isUnknownException } from '../handlers/rpc-exception';

/** Why a message is refused, and what its author should find in the log. */
export interface Refusal {
  readonly error: PochtaError;
  /** An exception that Nest has not logged. */
  readonly unlogged?: unknown;
}

/**
 * Reads the error with which a topic's handler ended, after Nest's exception filters.
 *
 * @param exception what went into the filters, when anything did
 * @param admitted whether all guards had let the message pass
 */
export function refusalOf(thrown: unknown, exception: unknown, admitted: boolean): Refusal {
  const passed = isUnfiltered(thrown, exception);
  const cause = passed ? exception : thrown;
  if (cause instanceof HttpException) return httpRefusal(cause, admitted);
  if (cause instanceof RpcException) return rpcRefusal(cause.getError(), cause.message, admitted);
  if (passed) return { error: errorFor('HANDLER_FAILED', undefined, { cause }) };
  if (cause instanceof Error) {
    return { error: errorFor('HANDLER_FAILED', undefined, { cause }), unlogged: cause };
  }
  // A filter of the app's own said what the publisher is to read.
  return rpcRefusal(cause, undefined, admitted);
}

/** Whether no filter of the app's wanted the exception, so that `thrown` is what Nest made of it. */
function isUnfiltered(thrown: unknown, exception: unknown): boolean {
  if (exception === undefined) return false;
  if (thrown === exception) return true;
  if (exception instanceof RpcException) {
    const { status, message } = fields(thrown);
    const error = exception.getError();
    return thrown === error || (status === 'error' && message === error);
  }
  return isUnknownException(thrown);
}

function rpcRefusal(error: unknown, text: string | undefined, admitted: boolean): Refusal {
  const { code, message } = fields(error);
  const read = typeof error === 'string' ? error : typeof message === 'string' ? message : text;
  if (!admitted) return { error: errorFor('FORBIDDEN', read) };
  const known = typeof code === 'string' && isErrorCode(code) ? code : 'VALIDATION_FAILED';
  return { error: errorFor(known, read) };
}

function httpRefusal(exception: HttpException, admitted: boolean): Refusal {
  const status = exception.getStatus();
  if (status >= 500) {
    return { error: errorFor('HANDLER_FAILED', undefined, { cause: exception }), unlogged: exception };
  }
  const { message } = fields(exception.getResponse());
  const text = Array.isArray(message) ? message.join('; ') : exception.message;
  const forbidden = !admitted || status === 401 || status === 403;
  return { error: errorFor(forbidden ? 'FORBIDDEN' : 'VALIDATION_FAILED', text) };
}

function fields(value: unknown): { status?: unknown; code?: unknown; message?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

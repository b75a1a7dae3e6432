import { inspect } from 'node:util';
import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { TerminateError } from '@pochta/client';
import { MAX_NAME_LENGTH, MAX_WAIT } from '@pochta/protocol';
import { isUnknownException } from '../handlers/rpc-exception';
import { PayloadRefusal, PochtaRetry, PochtaTerminate } from './outcomes';

/** Statuses of an `HttpException` that say that the payload can never be right. */
const UNPROCESSABLE: ReadonlySet<number> = new Set([400, 422]);

/** In place of the text of what throws when it is read. */
const UNREADABLE = 'an error that cannot be read';

/** What becomes of a message whose handler failed, and why. */
export interface Failure {
  readonly verb: 'nack' | 'terminate';
  /** ms; of a `nack`. `undefined`: the group's backoff. */
  readonly delay?: number;
  readonly reason: string;
  /** What was thrown, for traces; left out where nothing was. */
  readonly error?: unknown;
  /** It is no mistake: the handler asked for it. */
  readonly expected?: boolean;
  /** The payload does not fit, by a check; no handler asked for its end. */
  readonly unfit?: boolean;
}

/**
 * Reads the error with which a handler ended.
 *
 * @param error what came out of Nest's exception filters
 * @param thrown what went into them, when that is known
 */
export function failureOf(error: unknown, thrown: unknown): Failure {
  try {
    const cause = isUnknownException(error) && thrown !== undefined ? thrown : error;
    return { ...verdictOn(cause, thrown), error: cause };
  } catch {
    // Getters and proxies may throw whatever is read of them.
    return { verb: 'nack', reason: UNREADABLE };
  }
}

function verdictOn(cause: unknown, thrown: unknown): Failure {
  if (cause instanceof PochtaRetry) {
    return { verb: 'nack', delay: delayOf(cause), reason: textOf(cause), expected: true };
  }
  if (cause instanceof PayloadRefusal) return unfit(textOf(cause.reason));
  if (cause instanceof PochtaTerminate) return termination(textOf(cause.reason));
  if (cause instanceof TerminateError) return termination(textOf(cause));
  if (cause instanceof HttpException && UNPROCESSABLE.has(cause.getStatus())) {
    return unfit(textOf(cause));
  }
  const told: unknown = cause instanceof RpcException ? cause.getError() : cause;
  if (cause !== told || cause !== thrown) {
    // The handler's own words. Errors have it of the operation that failed, which says nothing of the message.
    const isFinal = (told as { retriable?: unknown } | null)?.retriable === false;
    if (isFinal && !(told instanceof Error)) return termination(textOf(told));
  }
  return {
    verb: 'nack',
    reason: isUnknownException(cause) ? 'the exception that Nest has logged' : textOf(told),
  };
}

/** A message that would fail again as it is. */
export function termination(reason: string): Failure {
  return { verb: 'terminate', reason: reason === '' ? 'terminated' : reason.slice(0, MAX_NAME_LENGTH) };
}

/** A message whose payload is not what it must be. */
export function unfit(reason: string): Failure {
  return { ...termination(reason), unfit: true };
}

/** Never throws, whatever was thrown. */
export function textOf(error: unknown): string {
  try {
    return readText(error);
  } catch {
    return UNREADABLE;
  }
}

function readText(error: unknown): string {
  if (error instanceof HttpException) return httpText(error);
  if (typeof error === 'string') return error;
  const message = (error as { message?: unknown } | null)?.message;
  if (typeof message === 'string') return message;
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    // A cycle, or a big integer.
    return inspect(error, { depth: 1, breakLength: Infinity });
  }
}

/** ms that the broker takes; `undefined`, the group's backoff, for what is no number. */
function delayOf({ delay }: PochtaRetry): number | undefined {
  if (typeof delay !== 'number' || Number.isNaN(delay)) return undefined;
  return Math.round(Math.min(Math.max(delay, 0), MAX_WAIT));
}

function httpText(exception: HttpException): string {
  const response: unknown = exception.getResponse();
  const message = (response as { message?: unknown } | null | undefined)?.message;
  return Array.isArray(message) ? message.join('; ') : String(exception.message);
}

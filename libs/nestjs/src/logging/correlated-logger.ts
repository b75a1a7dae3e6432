import type { LoggerService, LogLevel } from '@nestjs/common';
import { activeTraceId } from '../telemetry/process-telemetry';
import { messageScope } from './message-scope';

/** What is added to lines that are logged within a handler's run. */
export interface LoggedFacts {
  readonly topic: string;
  /** Of the message; a request has none. */
  readonly sequence?: number;
  /** The message's `correlation-id` header, or the request's correlation id. */
  readonly correlationId?: string;
  /** With OpenTelemetry. */
  readonly traceId?: string;
}

export interface CorrelatedLoggerOptions {
  /**
   * Puts the facts into a line. Default: behind a text or an error, as in `paid [topic=orders sequence=7]`, and among the
   * members of a plain object; anything else is left as it is.
   */
  readonly format?: (message: unknown, facts: LoggedFacts) => unknown;
}

/** Characters of a correlation id that are logged: anybody may send one of any length. */
const MAX_LOGGED = 255;

/**
 * A Nest logger that says, on each line that is logged within the run of a message's or a request's handler, which one it
 * is run for; give it to `NestFactory.create(AppModule, { logger })`. Other lines are left as they are.
 *
 * From its first call on, handlers run within an `AsyncLocalStorage`, and what they publish carries on the correlation id
 * that they were given, in the header `correlation-id`.
 */
export function correlatedLogger(
  logger: LoggerService,
  { format = formatted }: CorrelatedLoggerOptions = {},
): LoggerService {
  messageScope.switchOn();
  const line = (message: unknown): unknown => {
    const facts = loggedFacts();
    return facts === undefined ? message : format(message, facts);
  };
  return {
    log: (message: unknown, ...rest: unknown[]) => void logger.log(line(message), ...rest),
    error: (message: unknown, ...rest: unknown[]) => void logger.error(line(message), ...rest),
    warn: (message: unknown, ...rest: unknown[]) => void logger.warn(line(message), ...rest),
    debug: (message: unknown, ...rest: unknown[]) => void logger.debug?.(line(message), ...rest),
    verbose: (message: unknown, ...rest: unknown[]) => void logger.verbose?.(line(message), ...rest),
    fatal: (message: unknown, ...rest: unknown[]) => void logger.fatal?.(line(message), ...rest),
    setLogLevels: (levels: LogLevel[]) => void logger.setLogLevels?.(levels),
  };
}

function loggedFacts(): LoggedFacts | undefined {
  const facts = messageScope.current;
  if (facts === undefined) return undefined;
  const correlationId = messageScope.correlationId;
  const traceId = activeTraceId();
  return {
    topic: facts.topic,
    ...(facts.sequence !== undefined && { sequence: facts.sequence }),
    ...(correlationId !== undefined && { correlationId: printable(correlationId) }),
    ...(traceId !== undefined && { traceId }),
  };
}

function formatted(message: unknown, facts: LoggedFacts): unknown {
  if (typeof message === 'string') return `${message} ${bracketed(facts)}`;
  if (message instanceof Error) return `${message.stack ?? String(message)} ${bracketed(facts)}`;
  return isPlainObject(message) ? { ...facts, ...message } : message;
}

function bracketed(facts: LoggedFacts): string {
  const members = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return `[${members.join(' ')}]`;
}

/** Without what could make it look like another line, or like more facts. */
function printable(text: string): string {
  return text.slice(0, MAX_LOGGED).replace(/[\p{C}\s\]]/gu, '?');
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

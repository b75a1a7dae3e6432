import { AsyncLocalStorage } from 'node:async_hooks';
import { MAX_HEADERS } from '@pochta/protocol';
import type { Headers } from '../telemetry/telemetry';

/** Header that says which flow a message belongs to; what a handler publishes carries it on. */
export const CORRELATION_HEADER = 'correlation-id';

/** Characters of a correlation id that is carried on: anybody may send one that leaves no room for a message. */
const MAX_CARRIED = 255;

/** What is known of the message or request that a handler runs for. */
export interface MessageFacts {
  readonly topic: string;
  /** Left out for a request. */
  readonly sequence?: number;
  /** A request's own; its `correlation-id` header goes before it. */
  readonly correlationId?: string;
  readonly headers?: Headers;
}

/** Which message the code that asks is run for. Off, and free, until something that needs it switches it on. */
class MessageScope {
  #storage: AsyncLocalStorage<MessageFacts> | undefined;

  /** Whether anyone asks: if not, `run` does not need its facts. */
  get on(): boolean {
    return this.#storage !== undefined;
  }

  /** The facts of the handler's run that the caller is part of. */
  get current(): MessageFacts | undefined {
    return this.#storage?.getStore();
  }

  /** The flow that the caller's message belongs to. */
  get correlationId(): string | undefined {
    const facts = this.current;
    return facts?.headers?.[CORRELATION_HEADER] ?? facts?.correlationId;
  }

  /** Does the work, which is then known to be for that message, as is all that it calls and awaits. */
  run<T>(facts: MessageFacts, work: () => T): T {
    return this.#storage === undefined ? work() : this.#storage.run(facts, work);
  }

  /** For the rest of the process: an `AsyncLocalStorage` makes each promise dearer, so it is made for who asks for it. */
  switchOn(): void {
    this.#storage ??= new AsyncLocalStorage();
  }
}

export const messageScope = new MessageScope();

/**
 * The headers of what goes out: with the correlation id of the message that is being handled, unless they have one, or
 * have no room for it, or it is too long, or the scope is off.
 */
export function outgoingHeaders(headers: Headers | undefined): Headers | undefined {
  const correlationId = messageScope.correlationId;
  if (correlationId === undefined || correlationId.length > MAX_CARRIED) return headers;
  if (headers === undefined) return { [CORRELATION_HEADER]: correlationId };
  if (headers[CORRELATION_HEADER] !== undefined || Object.keys(headers).length >= MAX_HEADERS) return headers;
  return { ...headers, [CORRELATION_HEADER]: correlationId };
}

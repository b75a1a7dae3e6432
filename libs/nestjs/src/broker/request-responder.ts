import { Logger } from '@nestjs/common';
import { type MessageHandler, RpcException } from '@nestjs/microservices';
import type { Broker, Connection, Outlet } from '@pochta/broker-core';
import type { ForwardedCancel, Payload, ForwardedRequest } from '@pochta/protocol';
import type { CallHandler } from '../handlers/handler';
import { type ReplyOutlet, ReplyParts } from '../handlers/reply-parts';
import { UNKNOWN_EXCEPTION_TEXT } from '../handlers/rpc-exception';
import { payloadOf, valueOf } from './message-value';
import { RequestContext } from './topic-context';

interface ReplyError {
  readonly code?: string;
  readonly message: string;
}

/** `@MessagePattern` handlers as a responder in this process. */
export class RequestResponder implements Outlet {
  readonly writable = true;
  readonly #logger = new Logger(RequestResponder.name);
  /** What stops the requests under way, by correlation id. */
  readonly #running = new Map<string, () => void>();
  #connection: Connection | undefined;

  constructor(
    /** By topic. */
    private readonly handlers: ReadonlyMap<string, MessageHandler>,
    private readonly call: CallHandler,
  ) {}

  open(broker: Broker): void {
    this.#connection = broker.connect(this, { name: '@MessagePattern', inProcess: true });
    for (const topic of this.handlers.keys()) this.#connection.respond(topic);
  }

  close(): void {
    this.#connection?.close();
    for (const stop of this.#running.values()) stop();
    this.#running.clear();
  }

  request({ topic, correlationId, message, headers }: ForwardedRequest): void {
    const context = new RequestContext([topic, headers, correlationId, message.contentType]);
    const parts = new ReplyParts(this.#outlet(correlationId));
    let value: unknown;
    try {
      value = valueOf(message);
    } catch (error) {
      parts.error(error);
      return;
    }
    const over = (): void => void this.#running.delete(correlationId);
    const stop = this.call(this.handlers.get(topic)!, value, context, {
      next: (result) => parts.next(result),
      error: (error) => (over(), parts.error(error)),
      complete: () => (over(), parts.complete()),
    });
    this.#running.set(correlationId, () => (parts.stop(), stop()));
  }

  /** Nobody waits for the reply any more: an observable is unsubscribed from, a promise's value is dropped. */
  cancel({ correlationId }: ForwardedCancel): void {
    this.#running.get(correlationId)?.();
    this.#running.delete(correlationId);
  }

  // Only a subscriber is sent these.
  push(): void {}
  gap(): void {}
  failed(): void {}

  #outlet(correlationId: string): ReplyOutlet<Payload> {
    const say = (reply: { message?: Payload; more?: boolean; error?: ReplyError }): void =>
      this.#connection?.reply({ correlationId, ...reply });
    return {
      encode: (value) => payloadOf(value ?? null),
      part: (message) => say({ message, more: true }),
      last: (message) => say({ message }),
      ended: () => say({}),
      failed: (error) => say({ error: this.#errorOf(error) }),
    };
  }

  /** An `RpcException`'s code and message; nothing of any other error. */
  #errorOf(thrown: unknown): ReplyError {
    const error: unknown = thrown instanceof RpcException ? thrown.getError() : thrown;
    if (error instanceof Error) {
      this.#logger.error(error);
      return { message: UNKNOWN_EXCEPTION_TEXT };
    }
    if (typeof error === 'string') return { message: error };
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    return {
      ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
      message: typeof message === 'string' ? message : UNKNOWN_EXCEPTION_TEXT,
    };
  }
}

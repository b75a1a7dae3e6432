import { Logger } from '@nestjs/common';
import { type MessageHandler, RpcException } from '@nestjs/microservices';
import type { Broker, Connection, Outlet } from '@pochta/broker-core';
import type { CancelDelivery, Payload, RequestDelivery } from '@pochta/protocol';
import { defer, map, type Observable, type Subscription } from 'rxjs';
import type { CallHandler } from './handler';
import { payloadOf, valueOf } from './message-value';
import { UNKNOWN_EXCEPTION_TEXT } from './refusal';
import { RequestContext } from './topic-context';

/** `@MessagePattern` handlers as a responder in this process. */
export class RequestResponder implements Outlet {
  readonly writable = true;
  readonly #logger = new Logger(RequestResponder.name);
  readonly #running = new Map<string, Subscription>();
  #connection: Connection | undefined;

  constructor(
    /** By topic. */
    private readonly handlers: ReadonlyMap<string, MessageHandler>,
    private readonly call: CallHandler,
  ) {}

  open(broker: Broker): void {
    this.#connection = broker.connect(this, { name: '@MessagePattern' });
    for (const topic of this.handlers.keys()) this.#connection.respond(topic);
  }

  close(): void {
    this.#connection?.close();
    for (const subscription of this.#running.values()) subscription.unsubscribe();
    this.#running.clear();
  }

  request({ topic, correlationId, message, headers }: RequestDelivery): void {
    const context = new RequestContext([topic, headers, correlationId]);
    const handler = this.handlers.get(topic)!;
    const values$ = defer(() => this.call(handler, valueOf(message), context));
    const subscription = this.#reply(correlationId, values$);
    subscription.add(() => this.#running.delete(correlationId));
    if (!subscription.closed) this.#running.set(correlationId, subscription);
  }

  /** Nobody waits for the reply any more: an observable is unsubscribed from, a promise's value is dropped. */
  cancel({ correlationId }: CancelDelivery): void {
    this.#running.get(correlationId)?.unsubscribe();
  }

  // Only a subscriber is sent these.
  push(): void {}
  gap(): void {}
  failed(): void {}

  /**
   * Replies with each value. The last one must say that it is the last, so a value goes out when the next one comes, or
   * at the end. An observable that ends without a value is answered with `null`.
   */
  #reply(correlationId: string, values$: Observable<unknown>): Subscription {
    let held: Payload | undefined;
    const send = (message: Payload, more: boolean): void =>
      this.#connection?.reply({ correlationId, message, ...(more && { more }) });
    return values$.pipe(map((value) => payloadOf(value ?? null))).subscribe({
      next: (payload) => {
        if (held !== undefined) send(held, true);
        held = payload;
      },
      error: (error: unknown) => {
        if (held !== undefined) send(held, true);
        this.#connection?.reply({ correlationId, error: this.#errorOf(error) });
      },
      complete: () => send(held ?? payloadOf(null), false),
    });
  }

  /** An `RpcException`'s code and message; nothing of any other error. */
  #errorOf(thrown: unknown): { code?: string; message: string } {
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

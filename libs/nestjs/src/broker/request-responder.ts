import { Logger } from '@nestjs/common';
import { type MessageHandler, RpcException } from '@nestjs/microservices';
import type { Broker, Connection, Outlet } from '@pochta/broker-core';
import type { ForwardedCancel, Payload, ForwardedRequest } from '@pochta/protocol';
import { defer, map, type Observable, type Subscription } from 'rxjs';
import { type CallHandler, valuesOf } from '../handlers/handler';
import { payloadOf, valueOf } from './message-value';
import { UNKNOWN_EXCEPTION_TEXT } from './refusal';
import { RequestContext } from './topic-context';

interface ReplyError {
  readonly code?: string;
  readonly message: string;
}

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
    this.#connection = broker.connect(this, { name: '@MessagePattern', inProcess: true });
    for (const topic of this.handlers.keys()) this.#connection.respond(topic);
  }

  close(): void {
    this.#connection?.close();
    for (const subscription of this.#running.values()) subscription.unsubscribe();
    this.#running.clear();
  }

  request({ topic, correlationId, message, headers }: ForwardedRequest): void {
    const context = new RequestContext([topic, headers, correlationId]);
    const handler = this.handlers.get(topic)!;
    const values$ = defer(() => valuesOf(this.call, handler, valueOf(message), context));
    const subscription = this.#reply(correlationId, values$);
    subscription.add(() => this.#running.delete(correlationId));
    if (!subscription.closed) this.#running.set(correlationId, subscription);
  }

  /** Nobody waits for the reply any more: an observable is unsubscribed from, a promise's value is dropped. */
  cancel({ correlationId }: ForwardedCancel): void {
    this.#running.get(correlationId)?.unsubscribe();
  }

  // Only a subscriber is sent these.
  push(): void {}
  gap(): void {}
  failed(): void {}

  /**
   * Replies with each value. A value is held until the turn ends, so that one that is followed by the end at once, as
   * that of a promise, is a reply of its own and not the first part of one.
   */
  #reply(correlationId: string, values$: Observable<unknown>): Subscription {
    let held: Payload | undefined;
    let turnEnd: NodeJS.Immediate | undefined;
    const say = (reply: { message?: Payload; more?: boolean; error?: ReplyError }): void =>
      this.#connection?.reply({ correlationId, ...reply });
    const sendPart = (): void => {
      if (held !== undefined) say({ message: held, more: true });
      held = turnEnd = undefined;
    };
    const subscription = values$.pipe(map((value) => payloadOf(value ?? null))).subscribe({
      next: (payload) => {
        clearImmediate(turnEnd);
        sendPart();
        held = payload;
        turnEnd = setImmediate(sendPart);
      },
      error: (error: unknown) => {
        sendPart();
        say({ error: this.#errorOf(error) });
      },
      complete: () => say({ message: held }),
    });
    subscription.add(() => clearImmediate(turnEnd));
    return subscription;
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

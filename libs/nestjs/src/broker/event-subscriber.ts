import { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { Broker, Connection, OutgoingBatch, Hole, Outlet, SubscribedTopic } from '@pochta/broker-core';
import type { PochtaError, StoredBatch } from '@pochta/protocol';
import type { CallHandler } from '../handlers/handler';
import { valueOf } from './message-value';
import { EventContext } from './topic-context';

interface WaitingBatch {
  readonly batch: StoredBatch;
  /** Index of the first message that has not been handed to the handler. */
  next: number;
}

/** An `@EventPattern` handler as a subscriber in this process: every message from now on, at most once. */
export class EventSubscriber implements Outlet {
  readonly #logger = new Logger(EventSubscriber.name);
  /** Pushed, but not yet handed to the handler: at most a page of the log. */
  #waiting: WaitingBatch[] = [];
  #inFlight = 0;
  #held = false;
  #connection: Connection | undefined;
  #onIdle: (() => void)[] = [];

  constructor(
    /** A topic, or a topic filter. */
    readonly pattern: string,
    private readonly handler: MessageHandler,
    private readonly call: CallHandler,
    private readonly maxInFlight: number,
    /** Called for each message whose handler failed, after Nest has logged why. */
    private readonly onFailure: () => void,
  ) {}

  get writable(): boolean {
    return this.#waiting.length === 0 && this.#inFlight < this.maxInFlight;
  }

  /** Throws what `Connection.subscribe` throws. */
  async open(broker: Broker): Promise<void> {
    const name = `@EventPattern('${this.pattern}')`;
    this.#connection = broker.connect(this, { name, inProcess: true });
    const subscription = await this.#connection.subscribe({ topic: this.pattern, from: 'new' });
    subscription.start();
  }

  /** Takes nothing new; resolves once the handlers that run have settled. */
  async close(): Promise<void> {
    this.#connection?.close();
    this.#waiting = [];
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  push({ batch }: OutgoingBatch): void {
    // Handlers look at the payloads whenever their turn comes.
    batch.messages.lease?.keep();
    this.#waiting.push({ batch, next: 0 });
    this.#work();
    this.#held = !this.writable;
  }

  gap({ from, to, reason }: Hole, { topic }: SubscribedTopic): void {
    this.#logger.warn(`The handler of ${this.pattern} missed ${topic} ${from} to ${to}: ${reason}`);
  }

  failed(error: PochtaError): void {
    this.#logger.error(`The handler of ${this.pattern} gets no more messages: ${error.message}`);
    this.onFailure();
  }

  // Only a responder is sent these.
  request(): void {}
  cancel(): void {}

  #work(): void {
    while (this.#inFlight < this.maxInFlight) {
      const head = this.#waiting[0];
      if (head === undefined) return;
      const index = head.next++;
      if (head.next === head.batch.messages.count) this.#waiting.shift();
      this.#handle(head.batch, index);
    }
  }

  #handle({ topic, firstSequence, timestamp, messages }: StoredBatch, index: number): void {
    const attributes = messages.attributes?.[index];
    const sequence = firstSequence + index;
    const fail = (error: unknown): void => {
      // Nest logs what nobody catches, but does not know which message it was.
      this.#logger.warn(`The handler of ${this.pattern} failed on ${topic} ${sequence}: ${textOf(error)}`);
      this.onFailure();
      this.#settled();
    };
    let value: unknown;
    this.#inFlight++;
    try {
      value = valueOf({ bytes: messages.payload(index), contentType: attributes?.contentType });
    } catch (error) {
      // Not at once: `#work` is still at it.
      queueMicrotask(() => fail(error));
      return;
    }
    const context = new EventContext([
      topic,
      sequence,
      timestamp,
      attributes?.headers,
      attributes?.key,
      attributes?.contentType,
    ]);
    this.call(this.handler, value, context, {
      next: () => undefined,
      error: fail,
      complete: () => this.#settled(),
    });
  }

  #settled(): void {
    this.#inFlight--;
    this.#work();
    if (this.#inFlight === 0) for (const onIdle of this.#onIdle.splice(0)) onIdle();
    if (!this.#held || !this.writable) return;
    this.#held = false;
    this.#connection?.resume();
  }
}

function textOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}

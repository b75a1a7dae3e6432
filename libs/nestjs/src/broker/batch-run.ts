import type { Logger } from '@nestjs/common';
import { errorFor, type MessageBatch, type Payload, type PochtaError } from '@pochta/protocol';
import type { HandlerListener } from '../handlers/handler';
import { handlerLane, type HandlerRun, type RunSource } from '../handlers/handler-lane';
import { AdmissionContext } from './admission-mark';
import { payloadOf, valueOf } from './message-value';
import { refusalOf } from './refusal';
import type { TopicContext } from './topic-context';

/** What became of one message: refused, stored in another form, or (`undefined`) stored as it came. */
export type Outcome = { readonly error: PochtaError } | { readonly payload: Payload } | undefined;

/** Calls a topic's handler, and gives what stops it. */
export type HandleMessage = (value: unknown, context: TopicContext, listener: HandlerListener) => () => void;

/** Takes the messages of a batch through a topic's handler, as concurrently as the handler waits. */
export class BatchRun implements RunSource {
  /** One entry a message, once `settled` has resolved. */
  readonly outcomes: Outcome[];
  readonly settled: Promise<void>;
  readonly #runs: MessageRun[] = [];
  #left: number;
  #onSettled!: () => void;

  constructor(
    readonly topic: string,
    private readonly messages: MessageBatch,
    readonly handle: HandleMessage,
    readonly logger: Logger,
  ) {
    this.#left = messages.count;
    this.outcomes = new Array<Outcome>(messages.count).fill(undefined);
    this.settled = new Promise((resolve) => (this.#onSettled = resolve));
  }

  /** The run of the next message that can be read; the others end here. */
  next(): HandlerRun | undefined {
    while (this.#runs.length < this.messages.count) {
      const run = this.#runOf(this.#runs.length);
      this.#runs.push(run);
      if (!run.ended) return run;
    }
    return undefined;
  }

  /** Stops what has not ended, and refuses it. */
  giveUp(error: PochtaError): void {
    for (const run of this.#runs) run.giveUp(error);
  }

  ended(index: number, outcome: Outcome): void {
    this.outcomes[index] = outcome;
    if (--this.#left === 0) this.#onSettled();
  }

  #runOf(index: number): MessageRun {
    const { topic, messages } = this;
    const attributes = messages.attributes?.[index];
    const contentType = attributes?.contentType;
    const messageId = messages.messageIds?.[index];
    const context = new AdmissionContext([
      topic,
      attributes?.headers,
      attributes?.key,
      messageId,
      contentType,
    ]);
    const run = new MessageRun(this, index, context);
    run.read({ bytes: messages.payload(index), contentType });
    return run;
  }
}

/** One message's way through the handler; hears itself how that ends. */
class MessageRun implements HandlerRun, HandlerListener {
  exception: unknown = undefined;
  ended = false;
  /** What came in; then the last that the handler gave. */
  #value: unknown = undefined;
  #stop: (() => void) | undefined = undefined;

  constructor(
    private readonly batch: BatchRun,
    private readonly index: number,
    private readonly context: AdmissionContext,
  ) {}

  read(payload: Payload): void {
    try {
      this.#value = valueOf(payload);
    } catch {
      this.#end({ error: errorFor('VALIDATION_FAILED', 'message must be JSON') });
    }
  }

  start(): void {
    const value = this.#value;
    this.#value = undefined;
    try {
      this.#stop = this.batch.handle(value, this.context, this);
    } catch (error) {
      // Of a tracer's hook: what handlers throw, the run is told.
      queueMicrotask(() => this.error(error));
    }
  }

  next(value: unknown): void {
    this.#value = value;
  }

  complete(): void {
    handlerLane.ended(this);
    if (this.#value === undefined) return this.#end(undefined);
    let payload: Payload;
    try {
      payload = payloadOf(this.#value, this.context.contentType);
    } catch (error) {
      return this.#refuse(error);
    }
    this.#end({ payload });
  }

  error(thrown: unknown): void {
    handlerLane.ended(this);
    this.#refuse(thrown);
  }

  stopped(): void {
    handlerLane.ended(this);
  }

  giveUp(error: PochtaError): void {
    if (this.ended) return;
    this.#stop?.();
    this.#end({ error });
  }

  #refuse(thrown: unknown): void {
    if (this.ended) return;
    const { error, unlogged } = refusalOf(thrown, this.exception, this.context.admitted);
    if (unlogged !== undefined) this.batch.logger.error(unlogged);
    this.#end({ error });
  }

  #end(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    this.batch.ended(this.index, outcome);
  }
}

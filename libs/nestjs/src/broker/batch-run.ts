import type { Logger } from '@nestjs/common';
import { errorFor, type MessageBatch, type Payload, type PochtaError } from '@pochta/protocol';
import type { HandlerListener } from '../handlers/handler';
import { type HandlerRun, within } from './handler-run';
import { payloadOf, valueOf } from './message-value';
import { refusalOf } from './refusal';
import { TopicContext } from './topic-context';

/**
 * What has started comes to where it waits for something, mostly to its end, before the next tick: with so few at a time,
 * the garbage that Nest makes of each is gone before the collector copies it.
 */
const STARTED_AT_ONCE = 32;

/** What became of one message: refused, stored in another form, or (`undefined`) stored as it came. */
export type Outcome = { readonly error: PochtaError } | { readonly payload: Payload } | undefined;

/** Calls a topic's handler, and gives what stops it. */
export type HandleMessage = (value: unknown, context: TopicContext, listener: HandlerListener) => () => void;

/** Takes the messages of a batch through a topic's handler, all at the same time. */
export class BatchRun {
  /** One entry a message, once `settled` has resolved. */
  readonly outcomes: Outcome[];
  readonly settled: Promise<void>;
  readonly #runs: MessageRun[] = [];
  #left: number;
  #onSettled!: () => void;

  constructor(
    readonly topic: string,
    private readonly messages: MessageBatch,
    readonly logger: Logger,
  ) {
    this.#left = messages.count;
    this.outcomes = new Array<Outcome>(messages.count).fill(undefined);
    this.settled = new Promise((resolve) => (this.#onSettled = resolve));
  }

  /** Has the handler get all messages in this turn. */
  start(handle: HandleMessage): void {
    const { count } = this.messages;
    const next = Math.min(this.#runs.length + STARTED_AT_ONCE, count);
    while (this.#runs.length < next) this.#start(this.#runs.length, handle);
    if (next < count) process.nextTick(() => this.start(handle));
  }

  /** Stops what has not ended, and refuses it. */
  giveUp(error: PochtaError): void {
    for (const run of this.#runs) {
      if (run.ended) continue;
      run.stop?.();
      run.end({ error });
    }
  }

  ended(index: number, outcome: Outcome): void {
    this.outcomes[index] = outcome;
    if (--this.#left === 0) this.#onSettled();
  }

  #start(index: number, handle: HandleMessage): void {
    const { topic, messages } = this;
    const attributes = messages.attributes?.[index];
    const contentType = attributes?.contentType;
    const run = new MessageRun(this, index, contentType);
    this.#runs.push(run);
    let value: unknown;
    try {
      value = valueOf({ bytes: messages.payload(index), contentType });
    } catch {
      return run.end({ error: errorFor('VALIDATION_FAILED', 'message must be JSON') });
    }
    const messageId = messages.messageIds?.[index];
    const context = new TopicContext([topic, attributes?.headers, attributes?.key, messageId, contentType]);
    try {
      run.stop = within(run, () => handle(value, context, run));
    } catch (error) {
      // Of a tracer's hook: what handlers throw, the run is told.
      run.error(error);
    }
  }
}

/** One message's way through the handler; hears itself how that ends. */
class MessageRun implements HandlerRun, HandlerListener {
  admitted = false;
  exception: unknown = undefined;
  ended = false;
  stop: (() => void) | undefined = undefined;
  /** The last that the handler gave. */
  #value: unknown = undefined;

  constructor(
    private readonly batch: BatchRun,
    private readonly index: number,
    private readonly contentType: string | undefined,
  ) {}

  next(value: unknown): void {
    this.#value = value;
  }

  complete(): void {
    if (this.#value === undefined) return this.end(undefined);
    let payload: Payload;
    try {
      payload = payloadOf(this.#value, this.contentType);
    } catch (error) {
      return this.error(error);
    }
    this.end({ payload });
  }

  error(thrown: unknown): void {
    if (this.ended) return;
    const { error, unlogged } = refusalOf(thrown, this);
    if (unlogged !== undefined) this.batch.logger.error(unlogged);
    this.end({ error });
  }

  end(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    this.batch.ended(this.index, outcome);
  }
}

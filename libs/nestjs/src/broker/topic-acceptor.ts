import { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { Acceptance, Acceptor } from '@pochta/broker-core';
import {
  errorFor,
  type MessageBatch,
  MessageBatchBuilder,
  type Payload,
  type PochtaError,
  type TopicPolicy,
} from '@pochta/protocol';
import { lastValueFrom, type Observable, Subject, takeUntil } from 'rxjs';
import { type CallHandler, valuesOf } from '../handlers/handler';
import { type HandlerRun, within } from './handler-run';
import { payloadOf, valueOf } from './message-value';
import { refusalOf } from './refusal';
import { TopicContext } from './topic-context';

/** What became of one message: refused, stored in another form, or (`undefined`) stored as it came. */
type Outcome = { readonly error: PochtaError } | { readonly payload: Payload } | undefined;

/** Ends the waiting for a batch's handlers. */
interface Deadline {
  readonly passed$: Observable<void>;
  readonly isOver: boolean;
}

/** Takes what is published to one topic through its handler. */
export class TopicAcceptor implements Acceptor {
  readonly #logger = new Logger(TopicAcceptor.name);

  constructor(
    readonly topic: string,
    readonly policy: TopicPolicy,
    private readonly handler: MessageHandler,
    private readonly call: CallHandler,
    /** ms that the handlers of a batch may take. */
    private readonly timeout: number,
  ) {}

  async accept(messages: MessageBatch): Promise<Acceptance> {
    const passed = new Subject<void>();
    const deadline = { passed$: passed.asObservable(), isOver: false };
    const timer = setTimeout(() => {
      deadline.isOver = true;
      this.#logger.error(this.#overdueText);
      passed.next();
    }, this.timeout);
    try {
      const runs: Promise<Outcome>[] = [];
      for (let index = 0; index < messages.count; index++) runs.push(this.#handle(messages, index, deadline));
      return acceptanceOf(messages, await Promise.all(runs));
    } finally {
      clearTimeout(timer);
    }
  }

  async #handle(messages: MessageBatch, index: number, deadline: Deadline): Promise<Outcome> {
    const attributes = messages.attributes?.[index];
    const contentType = attributes?.contentType;
    const run: HandlerRun = { admitted: false };
    let value: unknown;
    try {
      value = valueOf({ bytes: messages.payload(index), contentType });
    } catch {
      return { error: errorFor('VALIDATION_FAILED', 'message must be JSON') };
    }
    const context = new TopicContext([
      this.topic,
      attributes?.headers,
      attributes?.key,
      messages.messageIds?.[index],
      contentType,
    ]);
    try {
      const values$ = valuesOf(this.call, this.handler, value, context).pipe(takeUntil(deadline.passed$));
      const result = await within(run, () => lastValueFrom(values$, { defaultValue: undefined }));
      if (deadline.isOver) return { error: errorFor('HANDLER_FAILED', this.#overdueText) };
      return result === undefined ? undefined : { payload: payloadOf(result, contentType) };
    } catch (thrown) {
      const { error, unlogged } = refusalOf(thrown, run);
      if (unlogged !== undefined) this.#logger.error(unlogged);
      return { error };
    }
  }

  get #overdueText(): string {
    return `The handler of ${this.topic} did not finish within ${this.timeout} ms`;
  }
}

function acceptanceOf(messages: MessageBatch, outcomes: readonly Outcome[]): Acceptance {
  if (outcomes.every((outcome) => outcome === undefined)) return { messages };
  const refused = new Map<number, PochtaError>();
  const accepted = new MessageBatchBuilder();
  outcomes.forEach((outcome, index) => {
    if (outcome !== undefined && 'error' in outcome) refused.set(index, outcome.error);
    else addTo(accepted, messages, index, outcome?.payload);
  });
  return { refused, ...(accepted.count > 0 && { messages: accepted.build() }) };
}

/** Adds a message of the batch, with another payload if there is one. */
function addTo(builder: MessageBatchBuilder, messages: MessageBatch, index: number, payload?: Payload): void {
  const attributes = messages.attributes?.[index];
  const messageId = messages.messageIds?.[index];
  if (payload === undefined) {
    builder.add(messages.bytes, messages.start(index), messages.end(index), attributes, messageId);
    return;
  }
  const { bytes, contentType } = payload;
  const changed = attributes?.contentType === contentType ? attributes : { ...attributes, contentType };
  builder.add(bytes, 0, bytes.length, changed, messageId);
}

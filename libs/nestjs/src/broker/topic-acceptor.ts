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
import type { CallHandler } from '../handlers/handler';
import { handlerLane } from '../handlers/handler-lane';
import { BatchRun, type HandleMessage, type Outcome } from './batch-run';

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
    const run = new BatchRun(this.topic, messages, this.#handle, this.#logger);
    const timer = setTimeout(() => {
      this.#logger.error(this.#overdueText);
      run.giveUp(errorFor('HANDLER_FAILED', this.#overdueText));
    }, this.timeout);
    handlerLane.add(run);
    await run.settled;
    clearTimeout(timer);
    return acceptanceOf(messages, run.outcomes);
  }

  readonly #handle: HandleMessage = (value, context, listener) =>
    this.call(this.handler, value, context, listener);

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

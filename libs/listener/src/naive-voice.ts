import {
  errorAnswer,
  type Answer,
  type Connection,
  type OutgoingBatch,
  type Outlet,
  type PublishReceipt,
} from '@pochta/broker-core';
import {
  SUCCESS_TEXT,
  type ClientFrame,
  type MessageBatch,
  type NaiveEncoder,
  type Payload,
  type PochtaError,
  type PublishRun,
} from '@pochta/protocol';
import type { AnswerQueue } from './answer-queue';
import { SWAMPED_BACKLOGS, type DialectHost } from './dialect';
import type { Flushable } from './flush-turn';
import type { PacedOutbox } from './paced-outbox';
import { PublishSlot } from './slots';

/**
 * What the two forms for naive clients share: one frame a message, no gaps, and a publisher's own push before its
 * answer.
 */
export class NaiveVoice implements Outlet, Flushable {
  readonly connection: Connection;
  #heldBack = false;

  constructor(
    private readonly host: DialectHost,
    readonly outbox: PacedOutbox,
    readonly answers: AnswerQueue,
    readonly encoder: NaiveEncoder,
    /** What a publish is called here. */
    private readonly publishAction: ClientFrame['action'],
  ) {
    this.connection = host.broker.connect(this, host.peer);
  }

  publishes(run: PublishRun): void {
    const slot = new PublishSlot(run, this.#confirm, this.#ownPushesLeft);
    this.answers.open(slot);
    run.batches.forEach(({ topic, messages }, index) => {
      void this.connection.publish(topic, messages).then((receipt) => {
        slot.settle(index, receipt);
        this.flush();
      });
    });
  }

  resume(): void {
    if (!this.#heldBack || !this.outbox.writable) return;
    this.#heldBack = false;
    this.connection.resume();
  }

  /** Lets answers go that waited for pushes. */
  flush(): void {
    this.answers.release();
  }

  // Outlet

  get writable(): boolean {
    const { writable } = this.outbox;
    if (!writable) this.#heldBack = true;
    return writable;
  }

  get overloaded(): boolean {
    return this.outbox.backlog > this.host.maxBacklogBytes;
  }

  get swamped(): boolean {
    return this.outbox.backlog > SWAMPED_BACKLOGS * this.host.maxBacklogBytes;
  }

  push({ batch: { messages } }: OutgoingBatch): void {
    for (let index = 0; index < messages.count; index++) {
      this.outbox.push(this.encoder.push(payloadOf(messages, index)));
    }
    // The subscription's position moves on only after this call.
    this.host.turn.add(this);
  }

  gap(): void {
    this.host.turn.add(this);
  }

  request(): void {
    // Nobody responds here: the forms have no frame for it.
  }

  cancel(): void {
    // As above.
  }

  failed(error: PochtaError): void {
    this.host.fail(error);
  }

  readonly #ownPushesLeft = ({ run, receipts }: PublishSlot): boolean =>
    run.batches.every(({ topic }, index) => this.connection.positionIn(topic) > lastOf(receipts[index]));

  readonly #confirm = (slot: PublishSlot): void => {
    const outcomes = slot.outcomes();
    for (let frame = 0; frame < slot.run.count; frame++) {
      const refusal = outcomes?.[frame];
      const answer: Answer =
        refusal === undefined ? { type: 'success', message: SUCCESS_TEXT.publish } : errorAnswer(refusal);
      this.outbox.answer(this.encoder.answer(this.publishAction, answer));
    }
  };
}

/** One payload of a batch, with its content type. */
export function payloadOf(messages: MessageBatch, index: number): Payload {
  return { bytes: messages.payload(index), contentType: messages.attributes?.[index]?.contentType };
}

function lastOf(receipt: PublishReceipt | undefined): number {
  return receipt?.lastSequence ?? 0;
}

import { errorAnswer, type Answer } from '@pochta/broker-core';
import {
  MessageBatch,
  type ListenFrame,
  type Payload,
  type PeekFrame,
  type SendFrame,
  type StoredBatch,
} from '@pochta/protocol';
import type { AnswerQueue } from './answer-queue';
import type { DialectHost } from './dialect';
import { NaiveVoice, payloadOf } from './naive-voice';
import type { PacedOutbox } from './paced-outbox';
import { AnswerSlot, REQUEST_COST, TAKE_COST } from './slots';

/** The one topic of the shorthand. Whoever composes a broker declares it, with `drop-oldest`. */
export const SHORTHAND_TOPIC = 'test';

/**
 * The one-topic shorthand of the original teaching broker: `send`, `get` and `listen` without a topic. Has a broker
 * connection of its own, so that its subscription is not in the way of those the peer makes by other frames.
 */
export class Shorthand {
  readonly #voice: NaiveVoice;
  #listening = false;

  constructor(
    private readonly host: DialectHost,
    private readonly outbox: PacedOutbox,
    private readonly answers: AnswerQueue,
  ) {
    this.#voice = new NaiveVoice(host, outbox, answers, host.codecs.shorthand, 'send');
  }

  frame(frame: SendFrame | ListenFrame | PeekFrame): void {
    if (frame.action === 'send') return this.#send(frame);
    const slot = new AnswerSlot(frame.action === 'peek' ? TAKE_COST : REQUEST_COST);
    this.answers.open(slot);
    const work = frame.action === 'peek' ? this.#peek(slot) : this.#listen(slot);
    work
      .catch((error: unknown) => slot.fill(() => this.#answer(frame.action, errorAnswer(error))))
      .finally(() => {
        this.answers.release();
        this.host.onChanged();
      });
  }

  resume(): void {
    this.#voice.resume();
  }

  close(): void {
    this.#voice.connection.close();
  }

  #send({ text }: SendFrame): void {
    const attributes = text.contentType === undefined ? undefined : { contentType: text.contentType };
    const messages = MessageBatch.of(text.bytes, attributes);
    this.#voice.publishes({ count: 1, batches: [{ topic: SHORTHAND_TOPIC, messages }] });
  }

  async #peek(slot: AnswerSlot): Promise<void> {
    const held = await this.#voice.connection.peek(SHORTHAND_TOPIC);
    slot.fill(() => this.outbox.answer(this.#voice.encoder.messages(held.flatMap(payloads))));
  }

  async #listen(slot: AnswerSlot): Promise<void> {
    const leave = (): void => this.#answer('listen', { type: 'success', message: 'Listening' });
    if (this.#listening) return slot.fill(leave);
    this.#listening = true;
    const { connection } = this.#voice;
    const subscription = await connection.subscribe({ topic: SHORTHAND_TOPIC, from: 'new' });
    slot.fill(() => {
      leave();
      subscription.start();
    });
  }

  #answer(action: 'peek' | 'listen', answer: Answer): void {
    this.outbox.answer(this.#voice.encoder.answer(action, answer));
  }
}

function payloads({ messages }: StoredBatch): Payload[] {
  return Array.from({ length: messages.count }, (_, index) => payloadOf(messages, index));
}

import { handleFrame, type Answer, type Connection, type Handled } from '@pochta/broker-core';
import {
  errorFor,
  type ControlFrame,
  type PochtaError,
  type PublishRun,
  type RequestId,
} from '@pochta/protocol';
import { AnswerQueue } from './answer-queue';
import type { Dialect, DialectHost } from './dialect';
import { NaiveVoice } from './naive-voice';
import { PacedOutbox } from './paced-outbox';
import { AnswerSlot, costOf, REQUEST_COST } from './slots';

/** The `simple` dialect: the usual requests, answered in the form that naive clients match. */
export class SimpleDialect implements Dialect {
  /** Its form of a push has no sequence to settle, so that it has no groups. */
  readonly inFlight = 0;
  readonly outbox: PacedOutbox;
  readonly answers = new AnswerQueue();
  readonly #voice: NaiveVoice;
  readonly #connection: Connection;
  /** Requests whose answer comes out of line. */
  #owed = 0;

  constructor(private readonly host: DialectHost) {
    this.outbox = new PacedOutbox(host.socket, host.onChanged);
    this.#voice = new NaiveVoice(host, this.outbox, this.answers, host.codecs.simple, 'publish');
    this.#connection = this.#voice.connection;
  }

  get idle(): boolean {
    return this.answers.empty && this.#owed === 0;
  }

  endInput(): void {}

  publishes(run: PublishRun): void {
    this.#voice.publishes(run);
  }

  frame(frame: ControlFrame): void {
    if (frame.action === 'send' || frame.action === 'listen' || frame.action === 'peek') {
      return this.refuse(errorFor('INVALID_FRAME', 'topic: must be a string'));
    }
    if (frame.action === 'respond') {
      return this.refuse(errorFor('NOT_SUPPORTED', 'respond is not supported by the simple dialect'));
    }
    if (frame.action === 'subscribe' && frame.group !== undefined) {
      return this.refuse(errorFor('NOT_SUPPORTED', 'group is not supported by the simple dialect'));
    }
    const slot = new AnswerSlot(costOf(frame));
    this.answers.open(slot);
    if (frame.action === 'request') this.#owed++;
    void Promise.resolve(handleFrame(this.#connection, frame, this.#answerLater)).then((handled) => {
      if (frame.action === 'request' && handled !== undefined) this.#owed--;
      this.#fill(slot, frame.action, handled);
    });
  }

  refuse(error: PochtaError, id?: RequestId): void {
    const slot = new AnswerSlot(REQUEST_COST);
    this.answers.open(slot);
    this.#fill(slot, undefined, { answer: { type: 'error', id, code: error.code, message: error.message } });
  }

  resume(): void {
    this.#voice.resume();
  }

  close(): void {
    this.#connection.close();
  }

  #fill(slot: AnswerSlot, action: ControlFrame['action'] | undefined, handled: Handled | undefined): void {
    const leave = (): void => {
      if (handled !== undefined) this.#answer(action, handled.answer);
    };
    const fill = (): void => {
      slot.fill(leave);
      this.answers.release();
      this.host.onChanged();
    };
    // What the topic holds goes before `subscribed`.
    if (handled?.start !== undefined) handled.start(fill);
    else fill();
  }

  readonly #answerLater = (answer: Answer): void => {
    if (answer.type === 'error' || answer.more !== true) this.#owed--;
    this.#answer('request', answer);
    this.host.onChanged();
  };

  #answer(action: ControlFrame['action'] | undefined, answer: Answer): void {
    this.outbox.answer(this.#voice.encoder.answer(action, answer));
  }
}

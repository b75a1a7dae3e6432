import {
  handleFrame,
  type Answer,
  type Connection,
  type OutgoingBatch,
  type Handled,
  type Hole,
  type Outlet,
  type PublishReceipt,
  type SubscribedTopic,
} from '@pochta/broker-core';
import type {
  ForwardedCancel,
  ControlFrame,
  FrameEncoder,
  PochtaError,
  PublishRun,
  ForwardedRequest,
  RequestId,
} from '@pochta/protocol';
import { AnswerQueue } from './answer-queue';
import { SWAMPED_BACKLOGS, type Dialect, type DialectHost } from './dialect';
import type { Outbox } from './outbox';
import { PacedOutbox } from './paced-outbox';
import { Shorthand } from './shorthand';
import { AnswerSlot, costOf, PublishSlot, REQUEST_COST } from './slots';
import { TurnOutbox } from './turn-outbox';

/** The main port: every codec's own frames, and the one-topic shorthand beside them. */
export class MainDialect implements Dialect, Outlet {
  readonly answers = new AnswerQueue();
  readonly #connection: Connection;
  readonly #unpaced: TurnOutbox;
  #outbox: Outbox;
  #shorthand: Shorthand | undefined;
  /** Batches that are stored and whose confirm has not left: their pushes must not overtake it. */
  #unconfirmed = 0;
  /** Whether a subscription was told to wait. */
  #heldBack = false;
  /** Requests whose answer comes out of line, and subscriptions that have not pushed yet what their topics held. */
  #owed = 0;

  constructor(
    private readonly host: DialectHost,
    private readonly encoder: FrameEncoder,
  ) {
    this.#unpaced = new TurnOutbox(host.socket, host.turn, host.onChanged);
    this.#outbox = this.#unpaced;
    this.#connection = host.broker.connect(this, host.peer);
  }

  get outbox(): Outbox {
    return this.#outbox;
  }

  get idle(): boolean {
    return this.answers.empty && this.#owed === 0;
  }

  get inFlight(): number {
    return this.#connection.inFlight;
  }

  endInput(): void {
    this.#connection.leaveGroups();
  }

  publishes(run: PublishRun): void {
    const slot = new PublishSlot(run, this.#confirm);
    this.answers.open(slot);
    run.batches.forEach(({ topic, messages }, index) => {
      void this.#connection.publish(topic, messages).then((receipt) => this.#settle(slot, index, receipt));
    });
  }

  frame(frame: ControlFrame): void {
    if (frame.action === 'send' || frame.action === 'listen' || frame.action === 'peek') {
      this.#pacedShorthand().frame(frame);
      return;
    }
    if (frame.action === 'request') this.#owed++;
    const handled = handleFrame(this.#connection, frame, this.#answerLater);
    if (handled === undefined) return;
    // A request that is refused is answered in line.
    if (frame.action === 'request') this.#owed--;
    const slot = new AnswerSlot(costOf(frame));
    this.answers.open(slot);
    if (handled instanceof Promise) void handled.then((later) => this.#fill(slot, frame, later));
    else this.#fill(slot, frame, handled);
  }

  refuse(error: PochtaError, id?: RequestId, publishes?: number): void {
    const { code, message } = error;
    const bytes = this.encoder.frame({ type: 'error', id, code, message, publishes });
    const slot = new AnswerSlot(REQUEST_COST);
    slot.fill(() => this.#outbox.answer(bytes));
    this.answers.open(slot);
    this.#release();
  }

  resume(): void {
    this.#shorthand?.resume();
    if (!this.#heldBack || !this.#outbox.writable || this.#unconfirmed > 0) return;
    this.#heldBack = false;
    this.#connection.resume();
  }

  close(): void {
    this.#connection.close();
    this.#shorthand?.close();
  }

  // Outlet

  get writable(): boolean {
    const writable = this.#unconfirmed === 0 && this.#outbox.writable;
    if (!writable) this.#heldBack = true;
    return writable;
  }

  get overloaded(): boolean {
    return this.#outbox.backlog > this.host.maxBacklogBytes;
  }

  get swamped(): boolean {
    return this.#outbox.backlog > SWAMPED_BACKLOGS * this.host.maxBacklogBytes;
  }

  push(outgoing: OutgoingBatch, subscription: SubscribedTopic): void {
    this.#outbox.pushAll(outgoing.encoded(this.encoder, subscription.style));
  }

  gap(hole: Hole, subscription: SubscribedTopic): void {
    const { from, to, reason } = hole;
    const { meta, subscription: name, group, epoch } = subscription.style;
    this.#outbox.push(
      this.encoder.frame({
        type: 'gap',
        topic: subscription.topic,
        subscription: meta ? name : undefined,
        group,
        from,
        to,
        reason,
        epoch: reason === 'epoch' ? epoch : undefined,
      }),
    );
  }

  request(request: ForwardedRequest): void {
    this.#outbox.hasten(this.encoder.frame(request));
  }

  cancel(cancel: ForwardedCancel): void {
    this.#outbox.push(this.encoder.frame(cancel));
  }

  failed(error: PochtaError): void {
    this.host.fail(error);
  }

  // Answers

  #settle(slot: PublishSlot, batch: number, receipt: PublishReceipt): void {
    slot.settle(batch, receipt);
    this.#unconfirmed++;
    this.#release();
  }

  readonly #confirm = (slot: PublishSlot): void => {
    this.#unconfirmed -= slot.receipts.length;
    this.#outbox.answer(this.encoder.confirms(slot.run, slot.outcomes()));
  };

  #fill(slot: AnswerSlot, frame: ControlFrame, handled: Handled): void {
    slot.fill(() => this.#answer(frame, handled));
    this.#release();
  }

  #answer(frame: ControlFrame, handled: Handled): void {
    // Whoever has read that a subscription is over reads no more of it; and a request ends before its `Cancelled`.
    if (frame.action === 'unsubscribe' || frame.action === 'cancel') this.#outbox.seal();
    this.#outbox.answer(this.encoder.frame(handled.answer));
    if (handled.start === undefined) return;
    this.#owed++;
    handled.start(this.#onCaughtUp);
  }

  readonly #onCaughtUp = (): void => {
    this.#owed--;
    this.host.onChanged();
  };

  readonly #answerLater = (answer: Answer): void => {
    if (answer.type === 'error' || answer.more !== true) this.#owed--;
    this.#outbox.hasten(this.encoder.frame(answer));
  };

  #release(): void {
    this.answers.release();
    this.resume();
  }

  /** Its first frame changes the pace of the whole connection: a naive client reads all that there is as one frame. */
  #pacedShorthand(): Shorthand {
    if (this.#shorthand !== undefined) return this.#shorthand;
    const { host } = this;
    this.#unpaced.flush();
    const paced = new PacedOutbox(host.socket, host.onChanged, performance.now());
    this.#outbox = paced;
    this.#shorthand = new Shorthand(host, paced, this.answers);
    return this.#shorthand;
  }
}

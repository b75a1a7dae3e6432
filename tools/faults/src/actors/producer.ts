import { plannedMessages, type PlannedMessage } from '../plan/messages';
import { Random } from '../plan/random';
import type { ProducerPlan } from '../plan/round-plan';
import type { Answer } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor, type Stage } from './actor';

/** Answers that mean that the message is not stored, and never will be. */
const REFUSALS: readonly string[] = ['TOPIC_FULL', 'INVALID_FRAME', 'DELAY_OUT_OF_RANGE'];

/** Publishes what is planned; what is unconfirmed when a connection ends, it sends again, in order. */
export class Producer extends Actor {
  readonly #rest: Iterator<PlannedMessage>;
  readonly #open = new Map<string, { readonly planned: PlannedMessage; readonly firstSent: number }>();
  readonly #plan: ProducerPlan;
  /** Every other producer names its requests. */
  readonly #named: boolean;
  #requests = 0;
  #exhausted = false;
  #waiting = false;

  constructor(plan: ProducerPlan, stage: Stage) {
    super(plan.name, stage);
    this.#plan = plan;
    const random = new Random(stage.plan.seed).fork(plan.name);
    this.#named = random.chance(0.5);
    const topic = stage.plan.topics.find(({ name }) => name === plan.topic)!;
    this.#rest = plannedMessages(plan, topic, random);
  }

  protected onOpen(peer: Peer): void {
    this.isReady();
    for (const { planned } of this.#open.values()) this.#send(planned, peer);
    this.goOn();
  }

  protected onLost(): void {}
  protected onPush(): void {}

  protected goOn(): void {
    const { work } = this.stage;
    const { topic, window } = this.#plan;
    while (!this.paused && this.peer !== undefined && !this.#exhausted && this.#open.size < window) {
      if (!work.hasRoom(topic)) return this.#wait();
      const { value: planned, done } = this.#rest.next();
      if (done) this.#exhausted = true;
      else {
        this.#open.set(planned.message.id, { planned, firstSent: Date.now() });
        this.#send(planned, this.peer);
      }
    }
    if (this.#exhausted && this.#open.size === 0) this.finish();
  }

  /** Groups lag behind: more would only wait in the log, and not be where faults happen. */
  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    void this.stage.work
      .until(() => this.stage.work.hasRoom(this.#plan.topic))
      .then(() => {
        this.#waiting = false;
        this.goOn();
      });
  }

  #send({ message, pad }: PlannedMessage, peer: Peer): void {
    const { id: messageId, topic, ...attributes } = message;
    const id = this.#named ? ++this.#requests : undefined;
    this.note({ type: 'sent', at: Date.now(), actor: this.name, connection: peer.number, message });
    const frame = { action: 'publish', topic, message: { m: messageId, pad }, messageId, ...attributes, id };
    peer.send(frame, (answer) => this.#onAnswer(messageId, answer, peer));
  }

  #onAnswer(id: string, answer: Answer, { number: connection }: Peer): void {
    const open = this.#open.get(id);
    if (open === undefined) return this.unexpectedAnswer(`the publish of ${id}, which had an answer`, answer);
    const seen = { at: Date.now(), actor: this.name, connection, id };
    if (answer.status === 'success' && answer.message === 'Published') {
      this.note({ type: 'confirmed', ...seen });
      this.stage.work.confirmed(open.planned.message, open.firstSent);
    } else if (REFUSALS.includes(answer.code ?? '')) {
      this.note({ type: 'refused', ...seen, code: answer.code! });
      this.stage.work.refusal(this.#plan.topic);
    } else {
      this.unexpectedAnswer(`the publish of ${id}`, answer);
    }
    this.#open.delete(id);
    this.goOn();
  }
}

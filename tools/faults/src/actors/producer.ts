import { plannedMessages, type PlannedMessage } from '../plan/messages';
import { Random } from '../plan/random';
import type { ProducerPlan } from '../plan/round-plan';
import type { Answer, Publish } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor, type Stage } from './actor';

/** Answers that mean that the message is not stored, and never will be. */
const REFUSALS: readonly string[] = ['TOPIC_FULL', 'INVALID_FRAME', 'DELAY_OUT_OF_RANGE'];

/** A publish that has no answer. */
interface Open {
  readonly planned: PlannedMessage;
  /** In the broker's time: no attempt has stored it before. */
  storedFrom: number;
}

/** Publishes what is planned; what is unconfirmed when a connection ends, it sends again, in order. */
export class Producer extends Actor {
  readonly #rest: Iterator<PlannedMessage>;
  readonly #open = new Map<string, Open>();
  readonly #plan: ProducerPlan;
  /** Every other producer names its requests. */
  readonly #named: boolean;
  #requests = 0;
  #exhausted = false;
  #waiting = false;
  #going = false;

  constructor(plan: ProducerPlan, stage: Stage) {
    super(plan.name, plan.codec, stage);
    this.#plan = plan;
    const random = new Random(stage.plan.seed).fork(plan.name);
    this.#named = random.chance(0.5);
    const topic = stage.plan.topics.find(({ name }) => name === plan.topic)!;
    this.#rest = plannedMessages(plan, topic, random);
  }

  protected onOpen(peer: Peer): void {
    this.isReady();
    this.#send(
      [...this.#open.values()].map(({ planned }) => planned),
      peer,
    );
    this.goOn();
  }

  protected onLost(): void {}
  protected onPush(): void {}

  protected goOn(): void {
    const { work } = this.stage;
    const { topic, window } = this.#plan;
    const { peer } = this;
    if (this.paused || peer === undefined) return;
    const fresh: PlannedMessage[] = [];
    while (!this.#exhausted && this.#open.size < window && work.hasRoom(topic)) {
      const { value: planned, done } = this.#rest.next();
      if (done) this.#exhausted = true;
      else {
        this.#open.set(planned.message.id, { planned, storedFrom: Infinity });
        fresh.push(planned);
      }
    }
    this.#send(fresh, peer);
    if (!this.#exhausted && !work.hasRoom(topic)) this.#wait();
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

  #send(planned: readonly PlannedMessage[], peer: Peer): void {
    const { batch } = this.#plan;
    for (let i = 0; i < planned.length; i += batch) {
      const publishes = planned.slice(i, i + batch).map(({ message, pad }): Publish => {
        const { id: messageId, ...fields } = message;
        const id = this.#named ? ++this.#requests : undefined;
        const at = Date.now();
        const open = this.#open.get(messageId)!;
        open.storedFrom = Math.min(open.storedFrom, this.stage.history.time.atLeast(at));
        this.note({ type: 'sent', at, actor: this.name, connection: peer.number, message });
        return { action: 'publish', ...fields, message: { m: messageId, pad }, messageId, id };
      });
      peer.publish(publishes, (answer, index) => this.#onAnswer(publishes[index].message.m, answer, peer));
    }
  }

  /** When all answers that came together have been heard: what they make room for travels together too. */
  #goOnSoon(): void {
    if (this.#going) return;
    this.#going = true;
    queueMicrotask(() => {
      this.#going = false;
      this.goOn();
    });
  }

  #onAnswer(id: string, answer: Answer, { number: connection }: Peer): void {
    const open = this.#open.get(id);
    if (open === undefined) return this.unexpectedAnswer(`the publish of ${id}, which had an answer`, answer);
    const seen = { at: Date.now(), actor: this.name, connection, id };
    if (answer.status === 'success' && answer.message === 'Published') {
      this.note({ type: 'confirmed', ...seen });
      this.stage.work.confirmed(open.planned.message, open.storedFrom);
    } else if (REFUSALS.includes(answer.code ?? '')) {
      this.note({ type: 'refused', ...seen, code: answer.code! });
      this.stage.work.refusal(this.#plan.topic);
    } else {
      this.unexpectedAnswer(`the publish of ${id}`, answer);
    }
    this.#open.delete(id);
    this.#goOnSoon();
  }
}

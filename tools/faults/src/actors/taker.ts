import type { TakerPlan } from '../plan/round-plan';
import type { Answer } from '../wire/frames';
import { wholePayload } from '../wire/payload';
import type { Peer } from '../wire/peer';
import type { Stage } from './actor';
import { Remover } from './remover';

/** ms until it asks again when there was nothing to take. */
const REST = 20;

/** Takes messages out of a topic with `get`, until it has had its share. */
export class Taker extends Remover {
  readonly #plan: TakerPlan;
  #taken = 0;
  #resting = false;

  constructor(plan: TakerPlan, stage: Stage) {
    super(plan.name, plan.codec, stage);
    this.#plan = plan;
  }

  protected remove(peer: Peer): void {
    const { takes, window } = this.#plan;
    while (!this.#resting && this.asked < window && this.#taken + this.asked < takes) this.#take(peer);
  }

  #take(peer: Peer): void {
    const { topic } = this.#plan;
    const id = this.stage.nextRequest();
    const asked = { at: Date.now(), actor: this.name, connection: peer.number };
    this.note({ type: 'taking', ...asked, request: id, topic });
    this.ask(peer, { action: 'get', topic, id }, (answer) => this.#onAnswer(id, answer));
  }

  #onAnswer(request: number, answer: Answer): void {
    const none = answer.code === 'NO_MESSAGES';
    const payload = wholePayload(answer.message);
    if (answer.status !== 'success' || (payload === undefined && !none)) {
      this.unexpectedAnswer('a get', answer);
      return this.#rest();
    }
    this.note({ type: 'taken', at: Date.now(), request, id: payload?.m });
    if (payload !== undefined) this.#taken++;
    else this.#rest();
  }

  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      this.goOn();
    }, REST);
  }
}

import { settles, type Verb } from '../history/events';
import { isPoison } from '../plan/messages';
import { Random } from '../plan/random';
import type { MemberPlan } from '../plan/round-plan';
import type { GroupPlan } from '../plan/topics';
import type { Answer, PushFrame, Request } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor, type Stage } from './actor';
import { transactionFrame, type Input } from './transactions';

/** Most deliveries that one frame settles; of transactions, which are larger. */
const MOST = { ack: 300, transaction: 5 };
/** ms that a member may work on a delivery before it settles it. */
const LONGEST_WORK = 30;
/** ms: the longest delay that it asks for with a nack. */
const LONGEST_NACK = 100;
/** How likely it is that a member does with a delivery something else than to ack it, which is what is left. */
const CHANCES = { nack: 0.03, terminate: 0.004, forget: 0.003, linger: 0.003, work: 0.1 };
/** Parts of the ack deadline after which a member that lingers touches its delivery, and is done with it. */
const LINGER = { touch: 0.5, done: 1.2 };
/** How likely it is that a transaction is one that must be refused. */
const BOGUS = 0.01;
/** No topic has a message of this sequence. */
const NOWHERE = 2 ** 40;

/** A member of a consumer group: settles what it is delivered, in any way there is, or does not. */
export class Member extends Actor {
  readonly #plan: MemberPlan;
  readonly #group: GroupPlan;
  readonly #random: Random;
  #done: Input[] = [];
  /** Its frame is due this turn. */
  #flushing = false;
  #dies = false;
  readonly #unanswered = new Set<readonly Input[]>();

  constructor(plan: MemberPlan, stage: Stage) {
    super(plan.name, plan.codec, stage);
    this.#plan = plan;
    const topic = stage.plan.topics.find(({ name }) => name === plan.topic)!;
    this.#group = topic.groups.find(({ name }) => name === plan.group)!;
    this.#random = new Random(stage.plan.seed).fork(plan.name);
  }

  /** It ends its connection when it gets the next delivery, before it settles that. */
  dieAtNextDelivery(): void {
    this.#dies = true;
  }

  protected onOpen(peer: Peer): void {
    const { name: group, ackDeadline, maxDeliveries, backoff } = this.#group;
    const { topic, prefetch } = this.#plan;
    const options = { prefetch, ackDeadline, maxDeliveries, backoff };
    peer.send({ action: 'subscribe', topic, group, ...options }, (answer) => {
      if (answer.status !== 'success') return this.unexpectedAnswer('a subscribe', answer);
      this.isReady();
    });
  }

  protected onLost(): void {
    // What was asked without an answer may have been done; what was not asked comes again.
    for (const inputs of this.#unanswered) this.#tellSettled(inputs, false);
    this.#unanswered.clear();
    this.#done = [];
  }

  protected goOn(): void {
    this.#flushSoon();
  }

  protected onPush({ sequence }: PushFrame, id: string): void {
    if (this.#dies) {
      this.#dies = false;
      return this.cut('reset');
    }
    const input = { id, sequence };
    if (isPoison(this.stage.plan.seed, this.#plan.group, id)) return this.#fail(input, undefined);
    let chance = this.#random.next();
    const happens = (what: keyof typeof CHANCES) => (chance -= CHANCES[what]) < 0;
    if (happens('nack')) this.#fail(input, this.#random.integer(0, LONGEST_NACK));
    else if (happens('terminate')) this.#settle('terminate', [input], { reason: 'chance' });
    else if (happens('forget')) return;
    else if (happens('linger')) this.#linger(input);
    else if (happens('work')) this.#later(this.#random.integer(1, LONGEST_WORK), () => this.#isDone(input));
    else this.#isDone(input);
  }

  /** Works on a delivery for longer than its ack deadline, and has that begin anew meanwhile. */
  #linger(input: Input): void {
    const { ackDeadline } = this.#group;
    this.#later(ackDeadline * LINGER.touch, () => {
      if (!this.paused) this.#settle('touch', [input], {});
    });
    this.#later(ackDeadline * LINGER.done, () => this.#isDone(input));
  }

  /** Unless its connection is over by then. */
  #later(ms: number, work: () => void): void {
    const peer = this.peer;
    setTimeout(() => {
      if (this.peer === peer && !this.finished) work();
    }, ms);
  }

  #isDone(input: Input): void {
    this.#done.push(input);
    this.#flushSoon();
  }

  #fail(input: Input, delay: number | undefined): void {
    this.#settle('nack', [input], { delay });
  }

  #flushSoon(): void {
    if (this.#flushing || this.#done.length === 0) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.paused) return;
      const verb = this.#plan.transacts ? 'transaction' : 'ack';
      while (this.#done.length > 0 && this.peer !== undefined)
        this.#settle(verb, this.#done.splice(0, MOST[verb]), {});
    });
  }

  #settle(verb: Verb, inputs: readonly Input[], fields: object): void {
    const { peer } = this;
    if (peer === undefined || inputs.length === 0) return;
    const { topic, group } = this.#plan;
    const request = this.stage.nextRequest();
    let sequences = inputs.map(({ sequence }) => sequence);
    let frame = { action: verb, id: request, topic, group, sequences, ...fields } as Request;
    let publishes;
    if (verb === 'transaction') {
      if (this.#random.chance(BOGUS)) sequences = [...sequences, NOWHERE];
      ({ frame, publishes } = transactionFrame(request, topic, group, inputs, sequences));
    }
    const asked = { at: Date.now(), actor: this.name, connection: peer.number };
    this.note({ type: 'settling', ...asked, request, verb, topic, group, sequences, publishes });
    if (settles(verb)) this.#unanswered.add(inputs);
    peer.send(frame, (answer) => this.#onAnswer(verb, request, inputs, answer));
  }

  #onAnswer(verb: Verb, request: number, inputs: readonly Input[], answer: Answer): void {
    const { code } = answer;
    this.note({ type: 'settled', at: Date.now(), request, code });
    this.#unanswered.delete(inputs);
    if (answer.status === 'success') {
      if (settles(verb)) this.#tellSettled(inputs, true);
      return;
    }
    const gone = new Set(answer.sequences ?? []);
    if (code !== 'NOT_IN_FLIGHT' || gone.size === 0) return this.unexpectedAnswer(`a ${verb}`, answer);
    // Nothing of the frame was done, and the others are still in flight.
    this.#done.push(...inputs.filter(({ sequence }) => !gone.has(sequence)));
    this.#flushSoon();
  }

  #tellSettled(inputs: readonly Input[], certain: boolean): void {
    const { topic, group } = this.#plan;
    for (const { id } of inputs) this.stage.work.settled(topic, group, id, certain);
  }
}

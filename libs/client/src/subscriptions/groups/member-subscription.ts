import {
  DEFAULT_PREFETCH,
  DEFAULT_TOPIC_POLICY,
  MAX_DELIVERIES,
  MAX_NAME_LENGTH,
  MAX_PREFETCH,
  MAX_WAIT,
  MIN_ACK_DEADLINE,
  errorFor,
  type GapFrame,
  type SubscribeFrame,
  type SuccessAnswer,
} from '@pochta/protocol';
import { checkInteger, checkName, invalidArgument } from '../../argument-checks';
import type { Deadlines } from '../../deadlines';
import { Inbox } from '../inbox';
import type { PlacedPush } from '../topic-positions';
import { WireSubscription, type SubscriptionWire } from '../wire-subscription';
import { AutoTouch } from './auto-touch';
import type { GroupSubscribeOptions, GroupSubscription } from './consumer-group';
import { TerminateError } from './delivery';
import { ACK, NACK, type GroupDelivery } from './group-delivery';
import { Membership, type OnSettlementFailed } from './membership';
import type { SettleAction, Settlements } from './settlements';

/** What a member needs beside the wire. */
export interface GroupWire extends SubscriptionWire {
  readonly settlements: Settlements;
  readonly deadlines: Deadlines;
  readonly onSettlementFailed: OnSettlementFailed;
}

/**
 * A subscription that is a member of a group. The broker knows where the group stands, so there is no position here; on
 * each connection it is another `Membership`, and what came on an earlier one cannot be settled any more.
 */
export class MemberSubscription extends WireSubscription implements GroupSubscription {
  override readonly group: string;
  voidSettlements = 0;
  readonly #inbox: Inbox<GroupDelivery>;
  readonly #autoTouch: AutoTouch;
  #membership: Membership | undefined;
  #error: Error | undefined;
  /** It has ended, and the broker is still to be told. */
  #untold = false;
  /** Whether it goes without waiting for what is under way. */
  #atOnce = false;

  /** Throws `INVALID_FRAME`. */
  constructor(
    topic: string,
    private readonly options: GroupSubscribeOptions,
    private readonly groupWire: GroupWire,
  ) {
    checkOptions(options);
    super(topic, options, groupWire, options.group);
    this.group = options.group;
    const { onMessage, manualAck = false } = options;
    this.#autoTouch = new AutoTouch(groupWire.deadlines, this.#touchInterval());
    const concurrency = options.concurrency ?? options.prefetch ?? DEFAULT_PREFETCH;
    this.#inbox = new Inbox<GroupDelivery>(onMessage && { handle: onMessage, concurrency }, {
      onTaken: () => undefined,
      onGap: (gap) => this.tellGap(gap),
      onHandled: (delivery) => {
        if (manualAck) return;
        if (delivery.untried) delivery.settle(ACK);
        else delivery.leave();
      },
      onFailed: (error, delivery) => this.#handlerFailed(error, delivery, manualAck),
      onDone: () => this.#leave(),
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<GroupDelivery> {
    if (this.options.onMessage !== undefined)
      throw errorFor('NOT_SUPPORTED', 'onMessage receives the deliveries');
    return this.#inbox;
  }

  get unsettled(): number {
    return this.#membership?.size ?? 0;
  }

  get handling(): number {
    return this.#inbox.handling;
  }

  get resumable(): boolean {
    return this.state === 'off';
  }

  unsubscribe(): Promise<void> {
    return this.drain();
  }

  async drain(): Promise<void> {
    this.#untold ||= this.stopIntake();
    this.#inbox.drop(() => true);
    this.#inbox.finish();
    await this.closed;
  }

  end(error?: Error): void {
    this.#atOnce = true;
    this.#error ??= error;
    this.#inbox.end(error);
  }

  subscribeFrame(id: number): SubscribeFrame {
    const { from, prefetch, ackDeadline, maxDeliveries, backoff } = this.options;
    return {
      action: 'subscribe',
      id,
      topic: this.topic,
      group: this.group,
      from,
      prefetch,
      ackDeadline,
      maxDeliveries,
      backoff,
      subscription: this.name,
    };
  }

  /** `ackDeadline`: the group's, as the broker has said it, in ms. */
  #touchInterval(ackDeadline = this.options.ackDeadline ?? DEFAULT_TOPIC_POLICY.ackDeadline): number {
    const { touchInterval, manualAck, onMessage } = this.options;
    return touchInterval ?? (manualAck || onMessage === undefined ? 0 : ackDeadline / 2);
  }

  override begin(answer: SuccessAnswer): void {
    super.begin(answer);
    this.#autoTouch.interval = this.#touchInterval(answer.ackDeadline);
    // Not before whoever awaits `subscribe` holds the subscription.
    if (this.options.onMessage !== undefined) setImmediate(() => this.#inbox.start());
  }

  override welcomed(answer: SuccessAnswer): void {
    super.welcomed(answer);
    const { settlements, onSettlementFailed } = this.groupWire;
    this.#membership = new Membership(this.group, settlements, (delivery, verb, error) => {
      if (error.code === 'NOT_IN_FLIGHT') this.voidSettlements++;
      onSettlementFailed(delivery, verb, error);
    });
  }

  accept(push: PlacedPush): void {
    const membership = this.#membership;
    if (membership === undefined) return;
    const before = membership.size;
    const delivery = membership.take(push);
    // One of the same message, that waited too long.
    if (membership.size === before) this.#inbox.drop((other) => !other.open);
    this.#inbox.put(delivery);
    this.#autoTouch.start(membership);
  }

  acceptGap({ topic, from, to, reason }: GapFrame): void {
    this.#inbox.put({ topic, from, to, reason });
  }

  override connectionLost(): void {
    super.connectionLost();
    this.#untold = false;
    this.#endMembership();
    this.#inbox.drop(() => true);
  }

  /** The consumer has done. What it settled goes out, and perhaps once more; what is left goes back to the group. */
  async #leave(): Promise<void> {
    this.#untold ||= this.stopIntake();
    if (!this.#atOnce) await this.#membership?.idle();
    if (this.#untold) {
      const left = this.wire.takeOff(this);
      this.#endMembership();
      if (!this.#atOnce) await left;
    }
    this.finished(this.#error);
  }

  #endMembership(): void {
    this.#membership?.end();
    this.#membership = undefined;
    this.#autoTouch.stop();
  }

  #handlerFailed(error: unknown, delivery: GroupDelivery, manualAck: boolean): void {
    if (!manualAck) {
      if (delivery.untried) delivery.settle(settlementOf(error));
      else delivery.leave();
    }
    this.wire.onHandlerFailed(delivery.topic, error, this.group);
  }
}

/** For a delivery whose handler threw. */
function settlementOf(error: unknown): SettleAction {
  if (!(error instanceof TerminateError)) return NACK;
  const reason = error.message === '' ? undefined : error.message.slice(0, MAX_NAME_LENGTH);
  return { verb: 'terminate', reason };
}

function checkOptions(options: GroupSubscribeOptions): void {
  const { group, backoff } = options;
  if (typeof group !== 'string') throw invalidArgument('group', 'must be a string');
  checkName('group', group);
  checkInteger('prefetch', options.prefetch, 1, MAX_PREFETCH);
  checkInteger('ackDeadline', options.ackDeadline, MIN_ACK_DEADLINE, MAX_WAIT);
  checkInteger('maxDeliveries', options.maxDeliveries, 1, MAX_DELIVERIES);
  checkInteger('backoff.min', backoff?.min, 1, MAX_WAIT);
  checkInteger('backoff.max', backoff?.max, 1, MAX_WAIT);
  if (backoff?.min !== undefined && backoff.max !== undefined && backoff.min > backoff.max)
    throw invalidArgument('backoff.min', 'must not be above backoff.max');
  checkInteger('concurrency', options.concurrency, 1);
  checkInteger('touchInterval', options.touchInterval, 0, MAX_WAIT);
}

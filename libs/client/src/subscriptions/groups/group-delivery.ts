import { MAX_NAME_LENGTH, MAX_WAIT, NotInFlightError, errorFor, type PochtaError } from '@pochta/protocol';
import { checkInteger, invalidArgument } from '../../argument-checks';
import { isUncertain } from '../../errors';
import type { PlacedPush } from '../topic-positions';
import type { Delivery } from './delivery';
import type { Membership } from './membership';
import type { PendingSettlement, SettleAction, Settlements } from './settlements';

export const ACK: SettleAction = { verb: 'ack' };
export const NACK: SettleAction = { verb: 'nack' };
export const TOUCH: SettleAction = { verb: 'touch' };

type State =
  /** In its member's hands. */
  | 'open'
  /** A transaction has it, or its settlement is asked for. */
  | 'asked'
  | 'settled'
  /** The broker has taken it back, and nobody has settled it. */
  | 'expired'
  /** Was settled in vain. */
  | 'void';

/** A promise that is no unhandled rejection when it ends as deliveries do at each lost connection. */
class Waiter {
  readonly promise: Promise<void>;
  resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
  }

  reject(error: unknown): void {
    if (error instanceof NotInFlightError) this.promise.catch(() => undefined);
    this.#reject(error);
  }

  /** Rejects with what it throws. */
  attempt(start: () => void): Promise<void> {
    try {
      start();
    } catch (error) {
      this.reject(error);
    }
    return this.promise;
  }
}

/** A delivery, and its settlement. What the client settles by itself makes no promise. */
export class GroupDelivery implements Delivery, PendingSettlement {
  /** When its ack deadline last began anew, as the client knows; `performance.now()`. */
  touchedAt: number;
  #state: State = 'open';
  #action: SettleAction = ACK;
  #waiter: Waiter | undefined;
  /** Nobody will settle it any more: the handler is done. */
  #left = false;

  constructor(
    private readonly push: PlacedPush,
    private readonly membership: Membership,
  ) {
    this.touchedAt = membership.now;
  }

  get topic(): string {
    return this.push.topic;
  }

  get value(): unknown {
    return this.push.value;
  }

  get bytes(): Uint8Array {
    return this.push.bytes;
  }

  get byteLength(): number {
    return this.push.byteLength;
  }

  get contentType(): string | undefined {
    return this.push.contentType;
  }

  get sequence(): number {
    return this.push.sequence;
  }

  get timestamp(): number {
    return this.push.timestamp;
  }

  get epoch(): string {
    return this.push.epoch;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.push.headers;
  }

  get key(): string | undefined {
    return this.push.key;
  }

  get priority(): number | undefined {
    return this.push.priority;
  }

  get group(): string {
    return this.membership.group;
  }

  get deliveryCount(): number {
    return this.push.deliveryCount ?? 1;
  }

  get open(): boolean {
    return this.#state === 'open' && this.membership.current;
  }

  get current(): boolean {
    return this.membership.current;
  }

  /** @internal Whether nobody has settled it yet, or tried to. */
  get untried(): boolean {
    return this.#state === 'open' || this.#state === 'expired';
  }

  /** @internal Whether it came to that client. */
  isOf(settlements: Settlements): boolean {
    return this.membership.settlements === settlements;
  }

  ack(): Promise<void> {
    return this.#settleByHand(() => ACK);
  }

  nack(delay?: number): Promise<void> {
    return this.#settleByHand(() => {
      checkInteger('delay', delay, 0, MAX_WAIT);
      return delay === undefined ? NACK : { verb: 'nack', delay };
    });
  }

  terminate(reason?: string): Promise<void> {
    return this.#settleByHand(() => {
      if (reason !== undefined && (typeof reason !== 'string' || reason.length > MAX_NAME_LENGTH))
        throw invalidArgument('reason', `must be a string of at most ${MAX_NAME_LENGTH} characters`);
      return { verb: 'terminate', reason };
    });
  }

  touch(): Promise<void> {
    const waiter = new Waiter();
    return waiter.attempt(() => {
      if (!this.open) throw this.#problem();
      this.touchedAt = performance.now();
      this.membership.ask(TOUCH, new Touch(this, this.membership, waiter));
    });
  }

  /** @internal Settles it without a promise; it must be `untried`. */
  settle(action: SettleAction): void {
    this.#action = action;
    if (!this.open) return this.#failed('void', this.#problem());
    this.#state = 'asked';
    this.membership.ask(action, this);
  }

  /** @internal Takes it for a transaction; throws `NOT_IN_FLIGHT`. `settled`, `release` or `abandon` must follow. */
  claim(): void {
    if (!this.open) throw this.#problem();
    this.#action = ACK;
    this.#state = 'asked';
    this.membership.claimed();
  }

  /** @internal The handler is done, and has settled it, or put it in a transaction: that was the only try. */
  leave(): void {
    this.#left = true;
  }

  /** @internal Its transaction was not done: it is in its member's hands again, if the handler is not done. */
  release(): void {
    if (this.#left) return this.abandon();
    if (this.#state === 'asked') this.#state = 'open';
    this.membership.answered();
  }

  /** @internal Whether its transaction was done cannot be known, or it was not in flight any more. */
  abandon(): void {
    this.#state = 'void';
    this.membership.forget(this);
    this.membership.answered();
  }

  /** @internal The broker has taken it back. */
  expire(): void {
    if (this.#state === 'open') this.#state = 'expired';
  }

  /** @internal The broker's answer, as is the next. */
  settled(): void {
    this.#state = 'settled';
    this.membership.forget(this);
    this.membership.answered();
    this.#takeWaiter()?.resolve();
  }

  refused(error: PochtaError): void {
    // Whoever settles by hand may try again what is known not to be done.
    const byHand = this.#waiter !== undefined && !this.#left;
    const again = byHand && error.code !== 'NOT_IN_FLIGHT' && !isUncertain(error);
    this.membership.answered();
    this.#failed(again ? 'open' : 'void', error);
  }

  #failed(state: State, error: PochtaError): void {
    this.#state = state;
    if (state === 'void') this.membership.forget(this);
    const waiter = this.#takeWaiter();
    if (waiter === undefined || error.code === 'NOT_IN_FLIGHT')
      this.membership.settlementFailed(this, this.#action.verb, error);
    waiter?.reject(error);
  }

  #settleByHand(makeAction: () => SettleAction): Promise<void> {
    const waiter = new Waiter();
    return waiter.attempt(() => {
      const action = makeAction();
      if (!this.untried) throw this.#problem();
      this.#waiter = waiter;
      this.settle(action);
    });
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }

  #problem(): PochtaError {
    const options = { sequences: [this.sequence] };
    if (this.#state === 'asked' || this.#state === 'settled') {
      const text = `A delivery is settled once, and this one is already (${this.#action.verb})`;
      return errorFor('NOT_IN_FLIGHT', text, options);
    }
    const text = this.current ? 'The ack deadline has passed' : 'The connection that it came on is gone';
    return errorFor('NOT_IN_FLIGHT', text, options);
  }
}

/** One more ack deadline for a delivery, asked for by its consumer or by the client itself. */
export class Touch implements PendingSettlement {
  constructor(
    private readonly delivery: GroupDelivery,
    private readonly membership: Membership,
    private readonly waiter?: Waiter,
  ) {}

  get topic(): string {
    return this.delivery.topic;
  }

  get group(): string {
    return this.delivery.group;
  }

  get sequence(): number {
    return this.delivery.sequence;
  }

  get current(): boolean {
    return this.delivery.current;
  }

  settled(): void {
    this.membership.answered();
    this.waiter?.resolve();
  }

  refused(error: PochtaError): void {
    this.membership.answered();
    // Unless it is being settled at this very moment, and so not in flight any more for that.
    if (error.code === 'NOT_IN_FLIGHT') this.delivery.expire();
    this.waiter?.reject(error);
  }
}

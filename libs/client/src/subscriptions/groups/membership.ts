import { IdTable, type PochtaError } from '@pochta/protocol';
import type { PlacedPush } from '../topic-positions';
import type { SettleVerb } from './delivery';
import { GroupDelivery } from './group-delivery';
import type { PendingSettlement, SettleAction, Settlements } from './settlements';

/** Hears of settlements that failed, unless a promise has told. */
export type OnSettlementFailed = (delivery: GroupDelivery, verb: SettleVerb, error: PochtaError) => void;

/** One member of a group on one connection: what is in its hands, and what of that it has asked to be settled. */
export class Membership {
  /** Unsettled deliveries, by topic and sequence. */
  readonly #held = new Map<string, IdTable<GroupDelivery>>();
  #size = 0;
  /** Settlements that wait for the broker's answer. */
  #asked = 0;
  #onIdle: (() => void)[] = [];
  #current = true;
  #now: number | undefined;

  constructor(
    readonly group: string,
    readonly settlements: Settlements,
    readonly settlementFailed: OnSettlementFailed,
  ) {}

  /** Whether the broker still knows it. */
  get current(): boolean {
    return this.#current;
  }

  /** Unsettled deliveries. */
  get size(): number {
    return this.#size;
  }

  /** `performance.now()`, read once for all that comes in one chunk. */
  get now(): number {
    if (this.#now === undefined) {
      this.#now = performance.now();
      queueMicrotask(() => (this.#now = undefined));
    }
    return this.#now;
  }

  /** A delivery comes in. One of the same message, that is still here, has expired. */
  take(push: PlacedPush): GroupDelivery {
    let ofTopic = this.#held.get(push.topic);
    if (ofTopic === undefined) this.#held.set(push.topic, (ofTopic = new IdTable()));
    const earlier = ofTopic.get(push.sequence);
    if (earlier === undefined) this.#size++;
    else earlier.expire();
    const delivery = new GroupDelivery(push, this);
    ofTopic.set(push.sequence, delivery);
    return delivery;
  }

  /** What is in its hands, topic by topic, in the order of the sequences. */
  *held(): Iterable<GroupDelivery> {
    for (const ofTopic of this.#held.values())
      yield* ofTopic.values().sort((one, other) => one.sequence - other.sequence);
  }

  ask(action: SettleAction, settlement: PendingSettlement): void {
    this.claimed();
    this.settlements.add(action, settlement);
  }

  /** A transaction settles a delivery. */
  claimed(): void {
    this.#asked++;
  }

  /** A settlement, or a transaction, is answered. */
  answered(): void {
    if (--this.#asked === 0) for (const done of this.#onIdle.splice(0)) done();
  }

  /** It is not in anybody's hands here any more. */
  forget(delivery: GroupDelivery): void {
    const ofTopic = this.#held.get(delivery.topic);
    if (ofTopic?.get(delivery.sequence) !== delivery) return;
    ofTopic.delete(delivery.sequence);
    if (ofTopic.size === 0) this.#held.delete(delivery.topic);
    this.#size--;
  }

  /** Resolves when nothing is asked that is not answered. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#asked === 0) resolve();
      else this.#onIdle.push(resolve);
    });
  }

  /** The broker has taken back, or will, all that is not settled. */
  end(): void {
    this.#current = false;
    this.#held.clear();
    this.#size = 0;
  }
}

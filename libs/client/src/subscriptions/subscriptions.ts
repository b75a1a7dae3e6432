import {
  TopicFilter,
  errorFor,
  type GapFrame,
  type PochtaError,
  type Push,
  type SuccessAnswer,
} from '@pochta/protocol';
import type { Calls } from '../connection/calls';
import type { ReconnectPolicy } from '../connection/reconnect-policy';
import type { Deadlines } from '../deadlines';
import type { GroupSubscribeOptions } from './groups/consumer-group';
import { MemberSubscription, type GroupWire } from './groups/member-subscription';
import type { OnSettlementFailed } from './groups/membership';
import type { Settlements } from './groups/settlements';
import { PlainSubscription } from './plain-subscription';
import type { Gap, SubscribeOptions } from './subscription';
import type { PlacedPush } from './topic-positions';
import type { WireSubscription } from './wire-subscription';

export interface SubscriptionsOptions {
  readonly calls: Calls;
  readonly settlements: Settlements;
  readonly deadlines: Deadlines;
  /** ms. */
  readonly requestTimeout: number;
  readonly maxFrameBytes: number;
  /** When a subscription that the broker cannot resume now is tried again. */
  readonly policy: ReconnectPolicy;
  readonly onGap: (gap: Gap) => void;
  readonly onHandlerFailed: (topic: string, error: unknown, group?: string) => void;
  readonly onSettlementFailed: OnSettlementFailed;
}

/** All subscriptions of a client, and which of them a push is for. */
export class Subscriptions implements GroupWire {
  /** By topic and group. */
  readonly #all = new Map<string, WireSubscription>();
  readonly #routes = new Map<string, WireSubscription>();
  #names = 0;
  #connected = false;

  constructor(private readonly options: SubscriptionsOptions) {}

  get maxFrameBytes(): number {
    return this.options.maxFrameBytes;
  }

  get settlements(): Settlements {
    return this.options.settlements;
  }

  get deadlines(): Deadlines {
    return this.options.deadlines;
  }

  /** Messages that consumers work on. */
  get handling(): number {
    return [...this.#all.values()].reduce((sum, { handling }) => sum + handling, 0);
  }

  async subscribe(topic: string, options: SubscribeOptions): Promise<PlainSubscription> {
    return this.#begin(new PlainSubscription(topic, options, this), options.signal);
  }

  /** Rejects with `INVALID_FRAME` too. */
  async join(topic: string, options: GroupSubscribeOptions): Promise<MemberSubscription> {
    return this.#begin(new MemberSubscription(topic, options, this), options.signal);
  }

  onPush(push: Push): void {
    const subscription = push.subscription === undefined ? undefined : this.#routes.get(push.subscription);
    if (subscription === undefined || push.sequence === undefined || push.epoch === undefined) return;
    subscription.accept(push as PlacedPush);
  }

  onGapFrame(frame: GapFrame): void {
    if (frame.subscription !== undefined) return this.#routes.get(frame.subscription)?.acceptGap(frame);
    for (const subscription of this.#routes.values()) {
      if (subscription.group !== frame.group) continue;
      if (new TopicFilter(subscription.topic).matches(frame.topic)) subscription.acceptGap(frame);
    }
  }

  connected(): void {
    this.#connected = true;
    for (const subscription of this.#all.values()) if (subscription.resumable) this.putOn(subscription);
  }

  connectionLost(): void {
    this.#connected = false;
    this.#routes.clear();
    for (const subscription of this.#all.values()) {
      subscription.connectionLost();
      // The first subscribe is repeated as it was, under its name.
      if (subscription.state === 'new') this.#routes.set(subscription.name, subscription);
    }
  }

  /** The broker refuses a frame as too large, and hangs up. */
  frameRefused(): void {
    for (const subscription of this.#all.values()) subscription.frameRefused();
  }

  /** Resolves when all consumers have done with what they have. */
  async drain(): Promise<void> {
    await Promise.all([...this.#all.values()].map((subscription) => subscription.drain()));
  }

  close(error?: Error): void {
    this.#connected = false;
    for (const subscription of [...this.#all.values()]) subscription.end(error);
  }

  freshName(): string {
    return `s${++this.#names}`;
  }

  putOn(subscription: WireSubscription): void {
    if (!this.#connected) return;
    this.#routes.delete(subscription.name);
    const name = (subscription.name = this.freshName());
    subscription.state = 'on';
    subscription.answered = false;
    this.#routes.set(name, subscription);
    const onAnswer = (answer: SuccessAnswer) => {
      // It may have left, and the next connection may be here.
      if (subscription.name === name && subscription.state === 'on') subscription.welcomed(answer);
    };
    const onFailed = (error: PochtaError) => this.#resumeFailed(subscription, name, error);
    this.options.calls.start(
      (id) => subscription.subscribeFrame(id),
      { onAnswer, onFailed },
      { timeout: this.options.requestTimeout },
    );
  }

  async takeOff(subscription: WireSubscription): Promise<void> {
    if (!this.#connected) return;
    await new Promise<void>((resolve) => {
      this.options.calls.start(
        (id) => subscription.unsubscribeFrame(id),
        { onAnswer: () => resolve(), onFailed: () => resolve() },
        { timeout: this.options.requestTimeout },
      );
    });
  }

  unroute(name: string): void {
    this.#routes.delete(name);
  }

  forget(subscription: WireSubscription): void {
    this.#routes.delete(subscription.name);
    const key = keyOf(subscription);
    if (this.#all.get(key) === subscription) this.#all.delete(key);
  }

  onGap(gap: Gap): void {
    this.options.onGap(gap);
  }

  onHandlerFailed(topic: string, error: unknown, group?: string): void {
    this.options.onHandlerFailed(topic, error, group);
  }

  get onSettlementFailed(): OnSettlementFailed {
    return this.options.onSettlementFailed;
  }

  async #begin<S extends WireSubscription>(subscription: S, signal: AbortSignal | undefined): Promise<S> {
    const key = keyOf(subscription);
    if (this.#all.has(key))
      throw errorFor('ALREADY_SUBSCRIBED', `Already subscribed to ${subscription.topic}`);
    this.#all.set(key, subscription);
    this.#routes.set(subscription.name, subscription);
    try {
      await new Promise<void>((resolve, reject) => {
        const onAnswer = (answer: SuccessAnswer) => {
          if (subscription.state === 'ended') {
            void this.takeOff(subscription);
            return reject(errorFor('CONNECTION_CLOSED', 'The client is draining'));
          }
          // In this turn: pushes may follow in the same chunk.
          subscription.begin(answer);
          resolve();
        };
        this.options.calls.start(
          (id) => subscription.subscribeFrame(id),
          { onAnswer, onFailed: reject },
          {
            timeout: this.options.requestTimeout,
            signal,
            repeatable: true,
            onGivenUp: () => void this.takeOff(subscription),
          },
        );
      });
    } catch (error) {
      subscription.end();
      throw error;
    }
    return subscription;
  }

  #resumeFailed(subscription: WireSubscription, name: string, error: PochtaError): void {
    // Another connection, or the end of it, has come in between.
    if (subscription.name !== name || subscription.state !== 'on' || !this.#connected) return;
    if (!error.retriable) return subscription.end(error);
    subscription.state = 'off';
    this.#routes.delete(name);
    this.options.deadlines.after(this.options.policy.delay(subscription.refusals++), () => {
      if (subscription.name === name && subscription.resumable) this.putOn(subscription);
    });
  }
}

/** What there is one of on a connection. A topic has no white space. */
function keyOf({ topic, group }: WireSubscription): string {
  return group === undefined ? topic : `${topic} ${group}`;
}

import { isByTopic, type FilterStartPosition, type StartPosition } from '@pochta/protocol';
import type { Clock } from '@pochta/storage-contract';
import { TurnBudget } from '../turn-budget';
import type { Credit } from './groups/credit';
import type { PositionLease } from './position-budget';
import type { Subscription } from './subscription';
import type { SubscriptionPart } from './subscription-part';

/** Most topics that are opened in one turn of the event loop: what the store has for them comes in one turn, too. */
const SLICE = 1000;

export interface FilterSubscriptionContext {
  readonly lease: PositionLease;
  readonly clock: Clock;
  /** Only with a group. */
  readonly credit: Credit | undefined;
  /** Opens the part in one topic. */
  readonly openPart: (topic: string, from: StartPosition) => Promise<SubscriptionPart>;
  /** Called once when the subscription cannot take in a new topic, and so would miss its messages. */
  readonly onFailed: (error: unknown) => void;
  readonly onClosed: () => void;
}

/**
 * A subscription to every topic that matches a filter, or to the group of one name in each of them: one position per
 * topic, no order across topics. Topics that are created later are read from their first message.
 */
export class FilterSubscription implements Subscription {
  readonly epoch = undefined;
  readonly sequence = undefined;
  readonly time: number | undefined;
  readonly #parts = new Map<string, SubscriptionPart | 'opening'>();
  /** With very many topics, others must have their turn in between. */
  readonly #budget: TurnBudget;
  #started = false;
  #closed = false;

  constructor(
    readonly name: string,
    readonly topic: string,
    readonly group: string | undefined,
    private readonly context: FilterSubscriptionContext,
    budget = new TurnBudget(),
  ) {
    this.#budget = budget;
    // Read before any topic is opened: what a subscription to new messages is due has this time or a later one.
    this.time = group === undefined ? context.clock.now() : undefined;
  }

  /** Opens the topics there are. Throws `TOO_MANY_SUBSCRIPTIONS`. */
  async open(topics: readonly string[], from: StartPosition | FilterStartPosition): Promise<void> {
    this.context.lease.take(this.topic.split('.').length + topics.length);
    for (let at = 0; at < topics.length && !this.#closed;) {
      const opening: Promise<void>[] = [];
      do opening.push(this.#add(topics[at], startIn(topics[at++], from)));
      while (at < topics.length && opening.length < SLICE && !this.#budget.isSpent());
      await Promise.all(opening);
      if (at < topics.length) await this.#budget.next();
    }
  }

  /** Takes in a topic that has just been created; does nothing when it is there already. */
  join(topic: string): void {
    if (this.#closed || this.#parts.has(topic)) return;
    this.#addNew(topic).catch((error: unknown) => {
      if (this.#closed) return;
      this.close();
      this.context.onFailed(error);
    });
  }

  /**
   * Lets go of a topic that was deleted, so that topics that come and go do not add up. A part that was behind stays: it
   * tells of the gap when the topic exists again.
   */
  leave(topic: string): void {
    const part = this.#parts.get(topic);
    if (part === undefined || part === 'opening' || !part.finished) return;
    this.#parts.delete(topic);
    part.close();
    this.context.lease.giveBack(1);
  }

  start(onCaughtUp?: () => void): void {
    this.#started = true;
    // One more than there are parts, so that it cannot come to nothing before all of them have begun.
    let behind = 1;
    const onPart = (): void => {
      if (--behind === 0) onCaughtUp?.();
    };
    const parts = this.#openParts();
    behind += parts.length;
    void this.#inTurns(parts, (part) => part.start(onPart));
    onPart();
  }

  get inFlight(): number | undefined {
    return this.context.credit?.inFlight;
  }

  positionIn(topic: string): number {
    const part = this.#parts.get(topic);
    return part !== undefined && part !== 'opening' ? part.nextPush : Infinity;
  }

  resume(): void {
    for (const part of this.#openParts()) part.resume();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const parts = this.#openParts();
    this.#parts.clear();
    for (const part of parts) part.silence();
    void this.#inTurns(parts, (part) => part.close());
    this.context.lease.release();
    this.context.onClosed();
  }

  async #addNew(topic: string): Promise<void> {
    this.context.lease.take(1);
    await this.#add(topic, 'earliest');
  }

  async #add(topic: string, from: StartPosition): Promise<void> {
    if (this.#closed || this.#parts.has(topic)) return;
    this.#parts.set(topic, 'opening');
    const part = await this.context.openPart(topic, from);
    if (this.#closed) return part.close();
    this.#parts.set(topic, part);
    if (this.#started) part.start();
  }

  #openParts(): SubscriptionPart[] {
    return [...this.#parts.values()].filter((part) => part !== 'opening');
  }

  /** Visits some at once, and the rest in turns to come; none is left out, not even one that is closed meanwhile. */
  async #inTurns(parts: readonly SubscriptionPart[], visit: (part: SubscriptionPart) => void): Promise<void> {
    for (const part of parts) {
      if (this.#budget.isSpent()) await this.#budget.next();
      visit(part);
    }
  }
}

/** Where one of the topics begins that were there first. */
function startIn(topic: string, from: StartPosition | FilterStartPosition): StartPosition {
  if (!isByTopic(from)) return from;
  return Object.hasOwn(from.topics, topic) ? from.topics[topic] : (from.otherwise ?? 'earliest');
}

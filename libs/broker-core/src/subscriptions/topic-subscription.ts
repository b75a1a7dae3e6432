import { lastSequence, TopicUnknownError, type PushStyle } from '@pochta/protocol';
import { isHole, type LogEntry, type LogReader, type MessageStore } from '@pochta/storage-contract';
import { OutgoingBatch } from '../outgoing-batch';
import type { BrokerLimits } from '../limits';
import type { Outlet, SubscribedTopic } from '../outlet';
import type { HubMember, TopicHub } from '../topics/topic-hub';
import type { PageTurns } from './page-turns';
import type { SubscriptionPart } from './subscription-part';

export interface TopicSubscriptionContext {
  readonly store: MessageStore;
  readonly hub: TopicHub;
  readonly outlet: Outlet;
  readonly limits: BrokerLimits;
  readonly turns: PageTurns;
  readonly style: PushStyle;
  /** All before this sequence was there when the subscription began. */
  readonly historyEnd: number;
  /** Called once when the subscription cannot go on because the store failed. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * One consumer's position in one topic's log.
 *
 * - `waiting`: not started, behind and held back by its outlet until `resume`, or its topic was deleted.
 * - `held`: was live, and is held back by its outlet until `resume`; the hub caches what comes meanwhile.
 * - `reading`: behind; reads pages from the store.
 * - `live`: at the head; hears commits from the hub, whose encodings all live subscriptions share.
 *
 * Being slow costs a number, not memory: a subscription whose outlet is full keeps its position. One that was live goes
 * on from the hub's cache, which is bounded and shared by all of the topic; what is not in there it reads from the store.
 */
export class TopicSubscription implements HubMember, SubscribedTopic, SubscriptionPart {
  #state: 'waiting' | 'held' | 'reading' | 'live' | 'closed' = 'waiting';
  #started = false;
  #reader: LogReader | undefined;
  /** The next sequence to push. */
  #position: number;
  #onCaughtUp: (() => void) | undefined;

  /** `reader` stands where the subscription begins. Pushes nothing before `start`. Throws `TOPIC_UNKNOWN`. */
  constructor(
    reader: LogReader,
    private readonly context: TopicSubscriptionContext,
  ) {
    this.#reader = reader;
    this.#position = reader.position;
    context.hub.enter(this);
  }

  get topic(): string {
    return this.context.hub.topic;
  }

  get style(): PushStyle {
    return this.context.style;
  }

  get position(): number {
    return this.#position;
  }

  get epoch(): string {
    return this.style.epoch;
  }

  get sequence(): number {
    return this.#position;
  }

  get nextPush(): number {
    return this.#started ? this.#position : Infinity;
  }

  /** Whether it has been sent everything that was committed and told. */
  get live(): boolean {
    return this.#state === 'live';
  }

  get finished(): boolean {
    return this.live;
  }

  /** Begins to push. Calls back once, when all that the topic held at first has been pushed, or when it is closed. */
  start(onCaughtUp?: () => void): void {
    this.#started = true;
    this.#onCaughtUp = onCaughtUp;
    if (this.#state === 'closed' || this.#position >= this.context.historyEnd) this.#noteCaughtUp();
    this.readOn();
  }

  /** Goes on after being held back. */
  resume(): void {
    if (this.#started && (this.#state === 'waiting' || this.#state === 'held')) this.readOn();
  }

  /** Reads from its position, whether it was live or held back. */
  readOn(): void {
    if (!this.#started || this.#state === 'reading' || this.#state === 'closed') return;
    // A reader that has yet to begin may have a gap to tell of, which the cache knows nothing of.
    if (this.#state !== 'waiting' && this.#replay()) return;
    this.context.hub.detach(this);
    this.#state = 'reading';
    this.#read().catch((error: unknown) => {
      if (this.#state === 'closed') return;
      if (error instanceof TopicUnknownError) return this.#awaitTopic();
      this.close();
      this.context.onFailed(error);
    });
  }

  /** The topic was deleted: goes on when it exists again, which may be now. */
  #awaitTopic(): void {
    this.#state = 'waiting';
    this.#dropReader();
    this.#noteCaughtUp();
    if (this.context.store.describe(this.topic) !== undefined) this.readOn();
  }

  reopen(): void {
    if (this.#state === 'waiting') this.#dropReader();
    this.readOn();
  }

  onCommit(outgoing: OutgoingBatch): void {
    if (outgoing.batch.firstSequence > this.#position) return this.readOn();
    if (!this.context.outlet.writable) return this.#waitAtHead();
    const rest = outgoing.from(this.#position);
    if (rest !== undefined) this.#push(rest);
  }

  /**
   * Goes on with what is cached, if that is next, until the head is reached or the outlet is full again. `false` when
   * something has to be read from the store.
   */
  #replay(): boolean {
    const { hub, outlet } = this.context;
    let found = false;
    for (const outgoing of hub.cachedFrom(this.#position)) {
      found = true;
      if (!outlet.writable) {
        this.#waitAtHead();
        return true;
      }
      const rest = outgoing.from(this.#position);
      if (rest !== undefined) this.#push(rest);
    }
    if (!found || !hub.attach(this)) return false;
    this.#state = 'live';
    this.#noteCaughtUp();
    return true;
  }

  silence(): void {
    this.close();
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reader?.close();
    this.#reader = undefined;
    this.context.hub.leave(this);
    this.#noteCaughtUp();
  }

  /** Reads pages until the head is reached, or the outlet is full. */
  async #read(): Promise<void> {
    const { store, turns } = this.context;
    this.#reader ??= await store.openReader(this.topic, {
      sequence: this.#position,
      epoch: this.style.epoch,
    });
    while (this.#state === 'reading') {
      const release = await turns.take();
      try {
        await this.#readPage(this.#reader);
      } finally {
        release();
      }
    }
  }

  async #readPage(reader: LogReader): Promise<void> {
    const { hub, limits, outlet } = this.context;
    if (this.#state !== 'reading') return;
    if (!outlet.writable) return this.#waitBehind();
    const page = await reader.fetch(limits.pageMessages, limits.pageBytes);
    if (this.#state !== 'reading') return;
    this.#deliver(page, reader.position);
    if (page.length > 0) return;
    // Nothing was told that was not read, so every commit told from now on is new: no hole, no repeat.
    this.#position = Math.max(this.#position, reader.position);
    if (!hub.attach(this)) return;
    this.#state = 'live';
    this.#dropReader();
    this.#noteCaughtUp();
  }

  #deliver(page: readonly LogEntry[], end: number): void {
    page.forEach((entry, index) => {
      if (!isHole(entry)) return this.#push(new OutgoingBatch(entry));
      this.context.outlet.gap(entry, this);
      // Not behind the hole's end: of another epoch's numbers it says nothing, and what comes next may be below it.
      const next = page[index + 1];
      this.#position = next !== undefined && !isHole(next) ? next.firstSequence : end;
    });
  }

  #push(outgoing: OutgoingBatch): void {
    this.context.outlet.push(outgoing, this);
    this.#position = lastSequence(outgoing.batch) + 1;
    if (this.#position >= this.context.historyEnd) this.#noteCaughtUp();
  }

  #noteCaughtUp(): void {
    const onCaughtUp = this.#onCaughtUp;
    this.#onCaughtUp = undefined;
    onCaughtUp?.();
  }

  /** Waits for `resume`, at the head or near it: what is missed is in the hub's cache, if it is not too much for that. */
  #waitAtHead(): void {
    this.context.hub.holdBack(this);
    this.#state = 'held';
  }

  /**
   * Keeps the position and waits for `resume`. Keeps the reader too, if it has one: a new one would have to wait for
   * the store's next commit, and a subscriber that reads fast would fall further behind with every page.
   */
  #waitBehind(): void {
    this.context.hub.detach(this);
    this.#state = 'waiting';
  }

  #dropReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}

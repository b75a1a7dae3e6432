import { lastSequence, type GapReason, type StoredBatch } from '@pochta/protocol';
import type { MessageStore, Tail, TailListener } from '@pochta/storage-contract';
import { OutgoingBatch } from '../outgoing-batch';
import { HeadCache, type HeadBudget } from './head-cache';

/** Why messages go that nobody is to get any more; what a topic only had no room for may still be delivered. */
const NEVER_AGAIN = new Set<GapReason>(['purged', 'age', 'expired']);

/** A subscription to the topic, as its hub knows it. */
export interface HubMember {
  /** The next sequence to push. */
  readonly position: number;
  /** Only while attached. */
  onCommit(outgoing: OutgoingBatch): void;
  /** The topic was deleted and exists again: goes on with what it gets from now on. */
  reopen(): void;
}

/**
 * The subscriptions of one topic that are at its head: each commit becomes one outgoing batch, shared by all of them. What
 * comes while some are held back is cached for them. Follows the topic only while there is a subscription.
 */
export class TopicHub implements TailListener {
  readonly #live = new Set<HubMember>();
  /** Those that were live until their outlet was full. */
  readonly #held = new Set<HubMember>();
  readonly #all = new Set<HubMember>();
  readonly #head: HeadCache;
  #tail: Tail | undefined;
  #toldThrough = 0;

  constructor(
    readonly topic: string,
    private readonly store: MessageStore,
    budget: HeadBudget,
    private readonly onUnused: (hub: TopicHub) => void,
  ) {
    this.#head = new HeadCache(budget);
  }

  get size(): number {
    return this.#all.size;
  }

  /** Makes the subscription known; the topic exists. */
  enter(subscription: HubMember): void {
    this.#tail ??= this.store.tail(this.topic, this);
    this.#all.add(subscription);
  }

  leave(subscription: HubMember): void {
    this.detach(subscription);
    this.#all.delete(subscription);
    if (this.#all.size > 0) return;
    this.#tail?.close();
    this.#tail = undefined;
    this.onUnused(this);
  }

  /**
   * From now on the subscription hears every commit. `false` when a commit was told already that it has not read: the
   * store may tell one between a reader's empty page and this call.
   */
  attach(subscription: HubMember): boolean {
    if (this.#toldThrough >= subscription.position) return false;
    this.#live.add(subscription);
    this.#release(subscription);
    return true;
  }

  detach(subscription: HubMember): void {
    this.#live.delete(subscription);
    this.#release(subscription);
  }

  /** A live subscription can take nothing for a while: what comes meanwhile is cached. */
  holdBack(subscription: HubMember): void {
    this.#live.delete(subscription);
    this.#held.add(subscription);
  }

  /** What is cached from the sequence on, up to a hole; nothing in a topic whose messages get too old to be delivered. */
  *cachedFrom(sequence: number): Iterable<OutgoingBatch> {
    let next = this.#head.at(sequence);
    if (next === undefined || this.store.describe(this.topic)?.policy.maxAge !== Number.MAX_SAFE_INTEGER)
      return;
    for (; next !== undefined; next = this.#head.at(lastSequence(next.batch) + 1)) yield next;
  }

  onCommit(batch: StoredBatch): void {
    this.#toldThrough = lastSequence(batch);
    if (this.#live.size === 0 && this.#held.size === 0) return;
    const outgoing = new OutgoingBatch(batch);
    for (const subscription of this.#live) subscription.onCommit(outgoing);
    if (this.#held.size > 0 && !batch.messages.hasAttributes(({ ttl }) => ttl !== undefined))
      this.#head.add(outgoing);
  }

  onRemoved(through: number, reason: GapReason): void {
    if (NEVER_AGAIN.has(reason)) this.#head.dropThrough(through);
  }

  onDeleted(): void {
    this.#head.clear();
    this.#tail = undefined;
    // One commit may have deleted the topic and created it again.
    if (this.#all.size > 0 && this.store.describe(this.topic) !== undefined) this.onRecreated();
  }

  /** The topic was deleted and exists again: its subscriptions go on with what it gets from now on. */
  onRecreated(): void {
    this.#head.clear();
    this.#tail ??= this.store.tail(this.topic, this);
    for (const subscription of this.#all) subscription.reopen();
  }

  #release(subscription: HubMember): void {
    if (this.#held.delete(subscription) && this.#held.size === 0) this.#head.clear();
  }
}

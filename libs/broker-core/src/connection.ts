import {
  errorFor,
  type MessageBatch,
  type Payload,
  type ReplyFrame,
  type RequestFrame,
  type RequestId,
  type StoredBatch,
} from '@pochta/protocol';
import { isHole, type GroupMember } from '@pochta/storage-contract';
import type { BrokerParts } from './broker-parts';
import type { Outlet } from './outlet';
import { Publisher, type AckPart, type PublishReceipt, type TransactionPart } from './publisher';
import { PartyRequests } from './requests/party-requests';
import type { OnReply, RequestParty } from './requests/request-party';
import type { GroupMembership } from './subscriptions/groups/group-membership';
import { verbOf, type Settlement } from './subscriptions/groups/settlement';
import type { SubscribeOptions, Subscription } from './subscriptions/subscription';
import { SubscriptionSet, type SubscriptionChoice } from './subscriptions/subscription-set';
import { checkReserved } from './topics/reserved-topic';

/** What may be known of a connection from outside. */
export interface PeerInfo {
  /** For logs: an address, or what the connection is for. */
  readonly name: string;
  /** A handler in the broker's own process: it may respond on reserved topics, and no peer can close it. Default false. */
  readonly inProcess?: boolean;
}

/**
 * One party of the broker: a socket's peer, or a handler in this process. Holds what ends with it: subscriptions,
 * responders, requests.
 */
export class Connection implements RequestParty {
  /** When it was made, in ms since the epoch. */
  readonly since = Date.now();
  /** Made with the first: thousands of connections only listen. */
  #requests: PartyRequests | undefined;
  readonly #publisher: Publisher;
  readonly #subscriptions: SubscriptionSet;
  #responding: Set<string> | undefined;
  #closed = false;

  constructor(
    /** No other connection of this broker, nor one of another process, has it. */
    readonly id: string,
    readonly outlet: Outlet,
    readonly peer: PeerInfo,
    private readonly broker: BrokerParts,
    private readonly onClosed: (connection: Connection) => void,
  ) {
    this.#publisher = new Publisher(broker, () => this.#isOver());
    this.#subscriptions = new SubscriptionSet(broker, outlet, this.#publisher);
  }

  /** Number of its subscriptions. */
  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Number of topics that it responds on. */
  get responders(): number {
    return this.#responding?.size ?? 0;
  }

  /** Number of requests whose reply it waits for. */
  get openRequests(): number {
    return this.#requests?.asking.size ?? 0;
  }

  get requests(): PartyRequests {
    return (this.#requests ??= new PartyRequests());
  }

  /** Messages that are in flight to it, as a member of consumer groups. */
  get inFlight(): number {
    return this.#subscriptions.inFlight;
  }

  /** For a peer that sends nothing any more, and so can settle nothing: what is in flight to it is handed back. */
  leaveGroups(): void {
    this.#subscriptions.leaveGroups();
  }

  /** Never rejects; resolves once all that is stored is as durable as the topic's policy promises. */
  publish(topic: string, messages: MessageBatch): Promise<PublishReceipt> {
    return this.broker.underWay(() => this.#publisher.publish(topic, messages));
  }

  /** Removes and returns the oldest message; `undefined` when the topic holds none. */
  async get(topic: string): Promise<Payload | undefined> {
    checkReserved(topic);
    // What this connection published before may still be with its handler.
    const handedOver = this.#publisher.handedOver(topic);
    if (handedOver !== undefined) await handedOver;
    if (!this.broker.topics.has(topic)) return undefined;
    const batch = await this.broker.underWay(() => this.broker.store.take(topic, 1));
    return (
      batch && { bytes: batch.messages.payload(0), contentType: batch.messages.attributes?.[0]?.contentType }
    );
  }

  /**
   * Throws `ALREADY_SUBSCRIBED`, `TOO_MANY_SUBSCRIPTIONS`, `FORBIDDEN`, `TOPIC_UNKNOWN`, `TOO_MANY_TOPICS`, and
   * `INVALID_FRAME` for a start topic by topic in one topic; with a group also `GROUP_MISMATCH`, `TOO_MANY_GROUPS`,
   * and `NOT_SUPPORTED` when the engine has no groups.
   * The subscription pushes nothing before its `start`.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription> {
    return this.#subscriptions.open(options);
  }

  /**
   * Ends the subscription of that name, or else the one to that topic or filter, in that group if there is one: its
   * messages in flight are handed back. Throws `NOT_SUBSCRIBED`.
   */
  unsubscribe(which: SubscriptionChoice): void {
    this.#subscriptions.end(which);
  }

  /**
   * Settles messages that are in flight to this connection as a member of a topic's group: all of them or none.
   * Resolves once that is durable. Rejects with `NOT_SUBSCRIBED`, and with `NOT_IN_FLIGHT` and the `sequences` that
   * are not.
   */
  async settle(settlement: Settlement): Promise<void> {
    const { topic, group, sequences } = settlement;
    const membership = this.#subscriptions.membership(topic, group);
    await this.broker.underWay(() => membership.settle(sequences, verbOf(settlement)));
    this.broker.observer?.onSettled(settlement);
  }

  /**
   * Publishes and acks, all or nothing, once that is durable. Rejects with the reason of the first operation that cannot
   * be done, and with `NOT_SUPPORTED` when the engine has no transactions, or keeps one of the topics in memory.
   */
  async transact(parts: readonly TransactionPart[]): Promise<void> {
    const memberships = new Set<GroupMembership>();
    const memberFor = ({ topic, group, sequences }: AckPart): GroupMember => {
      const membership = this.#subscriptions.membership(topic, group);
      memberships.add(membership);
      return membership.memberFor(sequences);
    };
    try {
      await this.broker.underWay(() => this.#publisher.transact(parts, memberFor));
      for (const part of parts) {
        if (part.kind !== 'ack') continue;
        const { topic, group, sequences } = part;
        this.broker.observer?.onSettled({ action: 'ack', topic, group, sequences });
      }
    } finally {
      for (const membership of memberships) membership.recount();
    }
  }

  /** Registers this connection as a responder. Throws `FORBIDDEN`, `ALREADY_SUBSCRIBED`, `TOO_MANY_SUBSCRIPTIONS`. */
  respond(topic: string): void {
    if (this.#responding?.has(topic)) throw errorFor('ALREADY_SUBSCRIBED', `Already responding to ${topic}`);
    if (this.responders >= this.broker.limits.maxResponders) throw errorFor('TOO_MANY_SUBSCRIPTIONS');
    if (this.peer.inProcess !== true) checkReserved(topic);
    this.#responding ??= new Set();
    this.#responding.add(topic);
    this.broker.requests.addResponder(topic, this);
  }

  /** Takes the registration back; what this connection was asked before may still be answered. Throws `NOT_SUBSCRIBED`. */
  unrespond(topic: string): void {
    if (!this.#responding?.delete(topic)) throw errorFor('NOT_SUBSCRIBED', `Not responding to ${topic}`);
    this.broker.requests.removeResponder(topic, this);
  }

  /** Without a message or an error, ends a reply in parts. */
  reply(frame: Omit<ReplyFrame, 'action'>): void {
    this.broker.requests.reply(this, frame);
  }

  /** `onReply` hears the reply's parts, or the error. Throws `TOO_MANY_REQUESTS`. */
  request(frame: Omit<RequestFrame, 'action'>, onReply: OnReply): void {
    const { closing, limits, requests } = this.broker;
    if (closing) throw errorFor('SHUTTING_DOWN');
    if (this.openRequests >= limits.maxRequests) throw errorFor('TOO_MANY_REQUESTS');
    requests.request(this, frame, onReply);
  }

  /** Cancels an own request: it ends with `REQUEST_CANCELLED`. Throws `UNKNOWN_REQUEST`. */
  cancel(id: RequestId): void {
    const pending = this.#requests?.find(id);
    if (pending === undefined) throw errorFor('UNKNOWN_REQUEST');
    this.broker.requests.cancel(pending);
  }

  /** The next sequence of this topic that an own subscription will push; `Infinity` when none pushes it. */
  positionIn(topic: string): number {
    return this.#subscriptions.positionIn(topic);
  }

  /** All that the topic holds, oldest first. Removes nothing. */
  async peek(topic: string): Promise<StoredBatch[]> {
    checkReserved(topic);
    const { store, topics, limits } = this.broker;
    if (!topics.has(topic)) return [];
    const reader = await store.openReader(topic, 'earliest');
    // What comes meanwhile is left out, or a busy topic would never come to its end.
    const end = store.describe(topic)?.nextSequence ?? 0;
    const held: StoredBatch[] = [];
    try {
      while (reader.position < end) {
        const page = await reader.fetch(limits.pageMessages, limits.pageBytes);
        if (page.length === 0) break;
        for (const entry of page) if (!isHole(entry)) held.push(entry);
      }
    } finally {
      reader.close();
    }
    return held;
  }

  /** The outlet is writable again. */
  resume(): void {
    this.#subscriptions.resume();
  }

  /** Ends all that the connection holds. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#subscriptions.close();
    for (const topic of this.#responding ?? []) this.broker.requests.removeResponder(topic, this);
    if (this.#requests !== undefined) this.broker.requests.disconnect(this);
    this.onClosed(this);
  }

  /** Whether what it publishes is refused: the broker drains, and it has nothing in flight to finish. */
  #isOver(): boolean {
    const { closing, drained } = this.broker;
    return drained || (closing && this.inFlight === 0);
  }
}

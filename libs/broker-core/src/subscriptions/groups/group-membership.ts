import { errorFor, GroupUnknownError, TopicUnknownError, type PushStyle } from '@pochta/protocol';
import type {
  Clock,
  ConsumerGroup,
  Delivery,
  GroupListener,
  GroupMember,
  GroupOptions,
  GroupPage,
  MessageStore,
  Wake,
} from '@pochta/storage-contract';
import type { DeliveryObserver } from '../../delivery-observer';
import type { BrokerLimits } from '../../limits';
import { OutgoingBatch } from '../../outgoing-batch';
import type { Outlet, SubscribedTopic } from '../../outlet';
import type { SubscriptionPart } from '../subscription-part';
import type { Credit, CreditWaiter } from './credit';
import type { GroupHub } from './group-hub';

export interface GroupMembershipContext {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly hub: GroupHub;
  readonly outlet: Outlet;
  readonly limits: BrokerLimits;
  readonly observer: DeliveryObserver | undefined;
  readonly topic: string;
  readonly style: Omit<PushStyle, 'epoch'> & { readonly group: string };
  /** What the group was opened with, and is when it must be opened again. */
  readonly options: GroupOptions;
  readonly credit: Credit;
  /** Called once when it cannot go on. */
  readonly onFailed: (error: unknown) => void;
  readonly onClosed: () => void;
}

/**
 * One subscription's place in a consumer group of one topic. Gets messages when its hub says so, pushes them, and
 * hands back what cannot be pushed.
 *
 * When the group is reset or deleted it joins again at once: a deleted group begins anew, as the subscription asked.
 * When the topic is deleted it joins again as soon as the topic exists, with its first message.
 */
export class GroupMembership implements GroupListener, CreditWaiter, SubscribedTopic, SubscriptionPart {
  readonly sequence = undefined;
  readonly nextPush = Infinity;
  #style: PushStyle;
  #group: ConsumerGroup;
  /** `undefined` while there is no group to be a member of. */
  #member: GroupMember | undefined;
  /** What the credit knows of as in flight. */
  #counted = 0;
  #started = false;
  #closed = false;
  #fetching = false;
  /** What was passed over while it was fetching. */
  #missed = false;
  /** Passed over because its outlet was full, or as many bytes are in flight as may be. */
  #heldBack = false;
  /** When what is in flight has come to its deadline, while it waits for credit. */
  #deadline: Wake | undefined;
  #reopening = false;
  #topicDeleted = false;
  #onCaughtUp: (() => void) | undefined;

  constructor(
    group: ConsumerGroup,
    epoch: string,
    private readonly context: GroupMembershipContext,
  ) {
    this.#group = group;
    this.#style = { ...context.style, epoch };
    this.#member = group.join(this);
    context.hub.enter(this);
  }

  get topic(): string {
    return this.context.topic;
  }

  get style(): PushStyle {
    return this.#style;
  }

  get epoch(): string {
    return this.#style.epoch;
  }

  get ackDeadline(): number {
    return this.#group.config.ackDeadline;
  }

  get credit(): Credit {
    return this.context.credit;
  }

  get finished(): boolean {
    return this.#member === undefined;
  }

  /** How many messages the group could give now, at least. */
  get ready(): number {
    return this.#member === undefined ? 0 : this.#group.ready;
  }

  start(onCaughtUp?: () => void): void {
    this.#started = true;
    this.#onCaughtUp = onCaughtUp;
    if (this.#closed || this.ready === 0) this.#noteCaughtUp();
    this.context.hub.onReady();
  }

  resume(): void {
    if (!this.#heldBack) return;
    this.#heldBack = false;
    this.context.hub.schedule();
  }

  onReady(): void {
    this.context.hub.onReady();
  }

  onCredit(): void {
    this.context.hub.schedule();
  }

  onClosed(): void {
    this.#member = undefined;
    this.recount();
    void this.#reopen();
  }

  /** Comes before `onClosed`. */
  onTopicDeleted(): void {
    this.#topicDeleted = true;
  }

  onTopicCreated(): void {
    // One that is being opened may find out only now that the topic was gone.
    this.#missed = true;
    void this.#reopen();
  }

  silence(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline?.cancel();
    this.credit.forget(this);
    this.context.onClosed();
    this.#noteCaughtUp();
  }

  close(): void {
    this.silence();
    this.#member?.leave();
    this.#member = undefined;
    this.recount();
    this.context.hub.leave(this);
  }

  /**
   * Calls the member at once, so that it takes effect in the order it was asked. Rejects with `NOT_IN_FLIGHT` when
   * the group was reset or deleted.
   */
  async settle(sequences: readonly number[], verb: (member: GroupMember) => Promise<void>): Promise<void> {
    const member = this.memberFor(sequences);
    try {
      await verb(member);
    } finally {
      this.recount();
    }
  }

  /** The member that settles these. Throws `NOT_IN_FLIGHT`. */
  memberFor(sequences: readonly number[]): GroupMember {
    if (this.#member === undefined) throw errorFor('NOT_IN_FLIGHT', undefined, { sequences });
    return this.#member;
  }

  /** Brings the credit up to date: deliveries also end by their deadline, or when somebody takes the message. */
  recount(): void {
    const delta = (this.#member?.inFlight ?? 0) - this.#counted;
    if (delta === 0) return;
    this.#counted += delta;
    this.credit.addInFlight(delta);
    if (delta < 0) this.credit.wake();
    if (delta < 0) this.resume();
  }

  /** Whether it takes part in what there is to share out. If it does not, it asks for that when it can. */
  wantsMore(): boolean {
    if (!this.#started || this.#closed || this.#member === undefined) return false;
    if (this.#fetching) {
      this.#missed = true;
      return false;
    }
    if (this.credit.left <= 0) {
      this.#noteCaughtUp();
      this.credit.waitFor(this);
      this.#expectDeadline();
      return false;
    }
    this.#heldBack = this.#member.full || !this.context.outlet.writable;
    if (this.#member.full) this.#expectDeadline();
    return !this.#heldBack;
  }

  /** Fetches and pushes at most `count` messages, no more than there is credit for. Never rejects. */
  async fetch(count: number): Promise<void> {
    const { hub, limits } = this.context;
    const [member, told] = [this.#member!, hub.told];
    this.#fetching = true;
    this.#missed = false;
    this.credit.addAsked(count);
    try {
      const page = await member.fetch(count, limits.pageBytes);
      this.#endFetch(count);
      this.#deliver(member, page, told);
    } catch (error) {
      this.#endFetch(count);
      if (member === this.#member) this.#fail(error);
    }
    this.recount();
    this.credit.wake();
    if (this.#missed) hub.schedule();
  }

  /** A delivery whose deadline passes gives credit, and nobody tells of that when there was more to fetch already. */
  #expectDeadline(): void {
    const { clock, hub } = this.context;
    this.#deadline ??= clock.wake(this.#group.config.ackDeadline, () => {
      this.#deadline = undefined;
      hub.schedule();
    });
  }

  #endFetch(count: number): void {
    this.#fetching = false;
    this.credit.addAsked(-count);
  }

  #deliver(member: GroupMember, { holes, deliveries }: GroupPage, told: number): void {
    const { hub, outlet } = this.context;
    const gone = this.#closed || member !== this.#member || hub.closing;
    if (!gone) for (const hole of holes) outlet.gap(hole, this);
    if (holes.length === 0 && deliveries.length === 0) {
      if (!gone) hub.onDry(told);
      return this.#noteCaughtUp();
    }
    const back: number[] = [];
    for (const delivery of deliveries) {
      if (gone || !outlet.writable) {
        addSequences(delivery, back);
        continue;
      }
      outlet.push(new OutgoingBatch(delivery.batch, delivery.deliveryCount), this);
      this.#tellObserver(delivery);
    }
    hub.onServed(this);
    if (back.length === 0) return;
    this.#heldBack = true;
    member.release(back);
    hub.onReady();
  }

  #tellObserver({ batch: { firstSequence, messages }, deliveryCount }: Delivery): void {
    const { observer, topic, style } = this.context;
    observer?.onDelivered({
      topic,
      group: style.group,
      firstSequence,
      count: messages.count,
      deliveryCount,
    });
  }

  async #reopen(): Promise<void> {
    if (this.#closed || this.#member !== undefined || this.#reopening) return;
    const { store, topic, style, options } = this.context;
    this.#reopening = true;
    this.#missed = false;
    // Of a topic that was created after the subscription, all is new.
    const from = this.#topicDeleted ? 'earliest' : options.from;
    try {
      this.#joinAgain(await store.openGroup(topic, style.group, { ...options, from }));
    } catch (error) {
      if (!(error instanceof TopicUnknownError)) return this.#fail(error);
    } finally {
      this.#reopening = false;
    }
    if (this.#missed) await this.#reopen();
  }

  #joinAgain(group: ConsumerGroup): void {
    if (this.#closed) return;
    const { store, topic, hub } = this.context;
    this.#group = group;
    this.#topicDeleted = false;
    this.#style = { ...this.#style, epoch: store.describe(topic)?.epoch ?? this.#style.epoch };
    this.#member = group.join(this);
    hub.onReady();
  }

  #fail(error: unknown): void {
    // A group that is gone says so by `onClosed`.
    if (this.#closed || error instanceof TopicUnknownError || error instanceof GroupUnknownError) return;
    this.close();
    this.context.onFailed(error);
  }

  #noteCaughtUp(): void {
    const onCaughtUp = this.#onCaughtUp;
    this.#onCaughtUp = undefined;
    onCaughtUp?.();
  }
}

function addSequences({ batch }: Delivery, sequences: number[]): void {
  for (let index = 0; index < batch.messages.count; index++) sequences.push(batch.firstSequence + index);
}

import type { StartPosition } from '@pochta/protocol';
import { unknownTopic } from '@pochta/storage-contract';
import type { BrokerParts } from '../../broker-parts';
import type { Outlet } from '../../outlet';
import type { Publisher } from '../../publisher';
import { afterCreation } from '../../topics/after-creation';
import type { GroupOptions } from '../subscription';
import type { Credit } from './credit';
import { GroupMembership } from './group-membership';

/** What a membership is opened for. */
export interface MembershipOptions {
  /** The subscription's name. */
  readonly subscription: string;
  readonly group: GroupOptions;
  readonly credit: Credit;
  readonly onFailed: (error: unknown) => void;
}

/** What one connection is a member of: at most once of each group of a topic. */
export class MembershipTable {
  readonly #memberships = new Map<string, GroupMembership>();

  constructor(
    private readonly broker: BrokerParts,
    private readonly outlet: Outlet,
    private readonly publisher: Publisher,
  ) {}

  /** Throws what `MessageStore.openGroup` throws, and what the topic's creation does. */
  async open(topic: string, from: StartPosition, asked: MembershipOptions): Promise<GroupMembership> {
    const { store, clock, topics, groups, limits, observer } = this.broker;
    const handedOver = this.publisher.handedOver(topic);
    if (handedOver !== undefined) await handedOver;
    const { subscription, credit, onFailed } = asked;
    const { name, config } = asked.group;
    const options = { from, config };
    const created = topics.ensure(topic);
    // Asked at once, so that it takes effect before what the peer asks for next.
    const group = await afterCreation(created, store.openGroup(topic, name, options));
    const info = store.describe(topic);
    if (info === undefined) throw unknownTopic(topic);
    const key = keyOf(topic, name);
    const membership = new GroupMembership(group, info.epoch, {
      store,
      clock,
      hub: groups.hub(topic, name),
      outlet: this.outlet,
      limits,
      observer,
      topic,
      style: { subscription, group: name, meta: true },
      options,
      credit,
      onFailed,
      onClosed: () => this.#memberships.delete(key),
    });
    this.#memberships.set(key, membership);
    return membership;
  }

  find(topic: string, group: string): GroupMembership | undefined {
    return this.#memberships.get(keyOf(topic, group));
  }
}

/** No topic has a space in its name. */
function keyOf(topic: string, group: string): string {
  return `${topic} ${group}`;
}

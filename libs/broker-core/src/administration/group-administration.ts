import type { StartPosition } from '@pochta/protocol';
import { unknownGroup, unknownTopic, type GroupInfo } from '@pochta/storage-contract';
import type { Broker } from '../broker';
import { change } from './change';
import { fitting } from './reply-size';

/** How a consumer group stands. */
export type GroupReport = GroupInfo;

export interface GroupListOptions {
  /** Most groups of the page; default 100. Long names may make it fewer. */
  readonly limit?: number;
  /** The name behind which the page begins: `next` of the page before. */
  readonly after?: string;
}

export interface GroupList {
  /** In the order of their names. */
  readonly groups: readonly GroupReport[];
  /** The last name of the page, when there are more. */
  readonly next?: string;
}

/** What an administrator may do with consumer groups. Every method throws `TOPIC_UNKNOWN`. */
export class GroupAdministration {
  constructor(private readonly broker: Broker) {}

  /** A page of the topic's groups. */
  list(topic: string, { limit = 100, after }: GroupListOptions = {}): GroupList {
    const behind = this.#groups(topic)
      .filter(({ name }) => after === undefined || name > after)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const groups = fitting(behind.slice(0, limit));
    return { groups, ...(groups.length < behind.length && { next: groups[groups.length - 1].name }) };
  }

  /** Throws `GROUP_UNKNOWN`. */
  info(topic: string, group: string): GroupReport {
    const info = this.#groups(topic).find(({ name }) => name === group);
    if (info === undefined) throw unknownGroup(topic, group);
    return info;
  }

  /** Lets the group begin again at a position. What is in flight is forgotten. Throws `GROUP_UNKNOWN`. */
  reset(topic: string, group: string, from: StartPosition): Promise<GroupReport> {
    return change(this.broker, async () => {
      this.#checkTopic(topic);
      return this.broker.store.resetGroup(topic, group, from);
    });
  }

  /** Throws `GROUP_UNKNOWN`. */
  delete(topic: string, group: string): Promise<void> {
    return change(this.broker, async () => {
      this.#checkTopic(topic);
      return this.broker.store.deleteGroup(topic, group);
    });
  }

  #groups(topic: string): readonly GroupReport[] {
    this.#checkTopic(topic);
    return this.broker.store.groups(topic);
  }

  #checkTopic(topic: string): void {
    if (this.broker.store.describe(topic) === undefined) throw unknownTopic(topic);
  }
}

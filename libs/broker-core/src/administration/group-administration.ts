import type { StartPosition } from '@pochta/protocol';
import { unknownGroup, unknownTopic, type GroupInfo } from '@pochta/storage-contract';
import type { Broker } from '../broker';
import { change } from './change';

/** How a consumer group stands. */
export type GroupReport = GroupInfo;

/** What an administrator may do with consumer groups. Every method throws `TOPIC_UNKNOWN`. */
export class GroupAdministration {
  constructor(private readonly broker: Broker) {}

  /** All groups of the topic, in the order of their names. */
  list(topic: string): GroupReport[] {
    this.#checkTopic(topic);
    return [...this.broker.store.groups(topic)].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Throws `GROUP_UNKNOWN`. */
  info(topic: string, group: string): GroupReport {
    const info = this.list(topic).find(({ name }) => name === group);
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

  #checkTopic(topic: string): void {
    if (this.broker.store.describe(topic) === undefined) throw unknownTopic(topic);
  }
}

import type { Broker } from '../broker';
import { ConnectionAdministration } from './connection-administration';
import { GroupAdministration } from './group-administration';
import { TopicAdministration } from './topic-administration';

/**
 * What an administrator may see and do of a broker: one method for each verb, whichever way it is asked for. Names are
 * checked by whoever takes them in.
 *
 * What changes something rejects with `SHUTTING_DOWN` once the broker takes nothing in any more, and with what the
 * storage engine rejects with: `STORAGE_FULL`, `STORAGE_FAILED`, and `NOT_SUPPORTED` for what the engine cannot do.
 */
export class Administration {
  readonly topics: TopicAdministration;
  readonly groups: GroupAdministration;
  readonly connections: ConnectionAdministration;

  constructor(broker: Broker) {
    this.topics = new TopicAdministration(broker);
    this.groups = new GroupAdministration(broker);
    this.connections = new ConnectionAdministration(broker);
  }
}

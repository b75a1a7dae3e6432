import type { ConsumerGroup, GroupConfig, GroupListener } from '@pochta/storage-contract';
import type { TopicLog } from '../log/topic-log';
import { Dispatcher } from './dispatcher';
import type { GroupLog } from './durable/group-log';
import type { EmbeddedMember } from './embedded-member';
import type { GroupHost } from './group-host';

/** A group that somebody has opened: has a dispatcher as long as it has members. */
export class EmbeddedGroup implements ConsumerGroup {
  readonly #host: GroupHost;
  readonly #log: TopicLog;
  readonly #group: GroupLog;

  constructor(host: GroupHost, log: TopicLog, group: GroupLog) {
    this.#host = host;
    this.#log = log;
    this.#group = group;
  }

  get topic(): string {
    return this.#log.content.record.name;
  }

  get name(): string {
    return this.#group.name;
  }

  get config(): GroupConfig {
    return this.#group.config;
  }

  get ready(): number {
    return this.#group.dispatcher?.ready ?? 0;
  }

  join(listener: GroupListener): EmbeddedMember {
    this.#group.dispatcher ??= new Dispatcher(this.#host, this.#log, this.#group);
    return this.#group.dispatcher.join(listener);
  }
}

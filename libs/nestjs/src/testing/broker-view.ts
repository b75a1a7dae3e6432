import type { StoredBatch } from '@pochta/protocol';
import {
  deadLetterTopicOf,
  isDeadLetterName,
  isHole,
  type GroupInfo,
  type PochtaServer,
} from '@pochta/server';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { DeliveryJournal } from './delivery-journal';
import { deadLetterOf, type DeadLetter, type HeldMessage } from './held-message';

const PAGE_BYTES = 1024 * 1024;
const PAGE_MESSAGES = 1000;

/** The clock of a test stands still. */
const HINT = ' (broker.advance moves it)';

/** Messages of a group that are told one by one when it is not done. */
const MAX_TOLD = 5;

/** What a broker holds, read without a trace. */
export class BrokerView {
  constructor(
    private readonly server: PochtaServer,
    private readonly connection: PochtaConnection,
    private readonly journal: DeliveryJournal,
  ) {}

  /** All that the topic holds, oldest first; nothing when there is no such topic. */
  async messages<T>(topic: string): Promise<HeldMessage<T>[]> {
    const { store, topics } = this.server.broker;
    if (!topics.has(topic) || store.describe(topic) === undefined) return [];
    const held: HeldMessage<T>[] = [];
    const reader = await store.openReader(topic, 'earliest');
    try {
      for (;;) {
        const page = await reader.fetch(PAGE_MESSAGES, PAGE_BYTES);
        if (page.length === 0) return held;
        for (const entry of page) if (!isHole(entry)) await this.#read(entry, held);
      }
    } finally {
      reader.close();
    }
  }

  async deadLetters<T>(topic: string): Promise<DeadLetter<T>[]> {
    const { store, configuredPolicy } = this.server.broker;
    const isItself = isDeadLetterName(topic);
    const policy = store.describe(topic)?.policy ?? configuredPolicy(topic);
    const messages = await this.messages<T>(isItself ? topic : deadLetterTopicOf(topic, policy));
    return messages
      .map((message) => deadLetterOf(message))
      .filter((letter) => letter !== undefined)
      .filter(({ origin }) => isItself || origin.topic === topic);
  }

  /** The topic's groups, or that one. */
  groups(topic: string, group?: string): GroupInfo[] {
    const { store } = this.server.broker;
    if (store.describe(topic) === undefined) return [];
    return store.groups(topic).filter(({ name }) => group === undefined || name === group);
  }

  /** What is not done, in words. */
  report(topic: string, group?: string): string {
    const info = this.server.broker.store.describe(topic);
    if (info === undefined) return `there is no topic ${topic}: nothing was published to it`;
    const groups = this.groups(topic, group);
    if (groups.length === 0)
      return `${topic} holds ${info.messages} messages and ${this.#withoutGroup(topic, group)}`;
    return groups.map((one) => this.#reportGroup(one)).join('; ');
  }

  #withoutGroup(topic: string, group: string | undefined): string {
    const names = this.groups(topic).map(({ name }) => name);
    if (names.length === 0) return 'has no groups';
    return `has no group ${group}; it has ${names.join(', ')}`;
  }

  #reportGroup({ topic, name, config, ...info }: GroupInfo): string {
    const attempts = this.journal
      .unsettled(topic, name)
      .filter(({ deliveries, failure }) => failure === undefined || deliveries < config.maxDeliveries);
    const told = attempts
      .slice(0, MAX_TOLD)
      .map(({ sequence, deliveries, failure }) =>
        [`message ${sequence} delivered ${deliveries} of ${config.maxDeliveries} times`, failure]
          .filter((text) => text !== undefined)
          .join(', last '),
      );
    const more = attempts.length > MAX_TOLD ? [`and ${attempts.length - MAX_TOLD} more`] : [];
    const counts =
      `group ${name} of ${topic}, with ${info.members} members, has acked ${this.journal.acked(topic, name)}: ` +
      `${info.inFlight} in flight, ${info.waiting} failed and waiting for the clock${info.waiting > 0 ? HINT : ''}, ` +
      `${info.backlog} not delivered, ${info.deadLetters} dead letters`;
    return [counts, ...told, ...more].join('; ');
  }

  async #read(batch: StoredBatch, held: HeldMessage[]): Promise<void> {
    const { topic, firstSequence, timestamp, messages } = batch;
    for (let at = 0; at < messages.count; at++) {
      const { headers = {}, key, priority = 0, contentType } = messages.attributes?.[at] ?? {};
      const bytes = messages.payload(at);
      const value = await this.connection.codecs.read(topic, { contentType, bytes });
      held.push({
        value,
        topic,
        sequence: firstSequence + at,
        timestamp,
        headers,
        key,
        priority,
        contentType,
      });
    }
  }
}

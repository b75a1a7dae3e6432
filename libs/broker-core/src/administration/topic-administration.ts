import { errorFor, TopicFilter, type TopicPolicy } from '@pochta/protocol';
import {
  unknownTopic,
  type RedriveFilter,
  type RedriveResult,
  type TopicInfo,
} from '@pochta/storage-contract';
import type { Broker } from '../broker';
import { checkReserved } from '../topics/reserved-topic';
import { isSamePolicy } from '../topics/topic-directory';
import { change } from './change';
import { firstNames } from './first-names';
import { fitting } from './reply-size';
import { requestedPolicy } from './requested-policy';
import { browse, type BrowseOptions, type BrowsePage } from './topic-browser';

/** How a topic stands. */
export interface TopicReport extends TopicInfo {
  /** Subscriptions that read it, of all connections, by its name or by a filter; members of groups are not counted. */
  readonly subscriptions: number;
}

export interface TopicListOptions {
  /** Topic filter; default: all topics, dead-letter topics too. */
  readonly filter?: string;
  /** Most topics of the page; default 100. Long names and policies may make it fewer. */
  readonly limit?: number;
  /** The name behind which the page begins: `next` of the page before. */
  readonly after?: string;
}

export interface TopicList {
  /** In the order of their names. */
  readonly topics: readonly TopicReport[];
  /** The last name of the page, when there are more. */
  readonly next?: string;
}

/** What an administrator may do with topics. */
export class TopicAdministration {
  /** The update that was asked for last. */
  #updated: Promise<unknown> = Promise.resolve();

  constructor(private readonly broker: Broker) {}

  /**
   * A page of the topics there are. Looks at every name once, in one turn: with 100,000 topics a page of 100 takes some
   * 20 ms.
   */
  list({ filter, limit = 100, after }: TopicListOptions = {}): TopicList {
    const { store } = this.broker;
    const wanted = filter === undefined ? undefined : new TopicFilter(filter);
    const isWanted = (name: string): boolean =>
      (after === undefined || name > after) && (wanted === undefined || wanted.matches(name));
    const names = firstNames(store.topics(), limit + 1, isWanted);
    const topics = fitting(names.slice(0, limit).map((name) => this.info(name)));
    return { topics, ...(topics.length < names.length && { next: topics[topics.length - 1].name }) };
  }

  /** Throws `TOPIC_UNKNOWN`. */
  info(topic: string): TopicReport {
    const info = this.broker.store.describe(topic);
    if (info === undefined) throw unknownTopic(topic);
    return { ...info, subscriptions: this.broker.topics.subscriptions(topic) };
  }

  /**
   * Creates a topic, also where topics are not created by being used. What `policy` leaves out is as configured for
   * that name. One that exists with the same policy is fine. Throws `TOPIC_EXISTS` when it has another one,
   * `TOO_MANY_TOPICS`, `FORBIDDEN` for a reserved name, `VALIDATION_FAILED`, `NOT_SUPPORTED`.
   */
  create(topic: string, policy: Partial<TopicPolicy> = {}): Promise<TopicReport> {
    return change(this.broker, async () => {
      checkReserved(topic);
      const { store, topics } = this.broker;
      const wanted = requestedPolicy(policy, this.broker.configuredPolicy(topic), store);
      await topics.create(topic, wanted);
      const report = this.info(topic);
      if (!isSamePolicy(report.policy, wanted)) throw errorFor('TOPIC_EXISTS');
      return report;
    });
  }

  /**
   * Changes what `policy` names. Throws `TOPIC_UNKNOWN`, `VALIDATION_FAILED`, and `NOT_SUPPORTED` for `storage` and
   * `compact`, which stay as the topic was created.
   */
  update(topic: string, policy: Partial<TopicPolicy>): Promise<TopicReport> {
    return change(this.broker, () => {
      // One after the other, or the second of two would bring back what the first has changed.
      const updated = this.#updated.then(async () => {
        const { store } = this.broker;
        await store.updateTopic(topic, requestedPolicy(policy, this.info(topic).policy, store));
        return this.info(topic);
      });
      this.#updated = updated.catch(() => undefined);
      return updated;
    });
  }

  /**
   * Deletes a topic with its messages and groups. Subscriptions to it stay, and go on when it exists again: its
   * sequences do not start again. Throws `TOPIC_UNKNOWN`, and `FORBIDDEN` for a topic that a handler of the broker app
   * declares.
   */
  delete(topic: string): Promise<void> {
    return change(this.broker, () => {
      if (this.broker.acceptors.has(topic)) {
        const text = `${topic} cannot be deleted: a handler of the broker app declares it`;
        throw errorFor('FORBIDDEN', text);
      }
      return this.broker.topics.delete(topic);
    });
  }

  /** Removes all messages; resolves with their number. Throws `TOPIC_UNKNOWN`. */
  purge(topic: string): Promise<number> {
    return change(this.broker, () => this.broker.store.purge(topic));
  }

  /**
   * Shows messages, oldest first, which stay as they are: no more than `limit`, and no more than fit into a frame of
   * 1 MiB. Throws `TOPIC_UNKNOWN`.
   */
  browse(topic: string, options: BrowseOptions = {}): Promise<BrowsePage> {
    return browse(this.broker.store, topic, options);
  }

  /**
   * Moves dead letters back to the topics they came from, as new messages, oldest first. Throws `TOPIC_UNKNOWN` for a
   * dead-letter topic that does not exist.
   */
  redrive(deadLetterTopic: string, filter: RedriveFilter = {}): Promise<RedriveResult> {
    return change(this.broker, async () => {
      this.info(deadLetterTopic);
      return this.broker.store.redrive(deadLetterTopic, filter);
    });
  }
}

import {
  type Administration,
  type BrowseOptions,
  browseText,
  type ConnectionList,
  type ConnectionListOptions,
  type GroupList,
  type GroupListOptions,
  type GroupReport,
  type TopicList,
  type TopicListOptions,
  type TopicReport,
} from '@pochta/broker-core';
import { ADMIN_VERBS, type AdminVerb, type StartPosition, type TopicPolicy } from '@pochta/protocol';
import type { RedriveFilter, RedriveResult } from '@pochta/storage-contract';
import { JsonText } from './json-text';

const {
  listTopics,
  createTopic,
  updateTopic,
  deleteTopic,
  purgeTopic,
  topicInfo,
  browseTopic,
  redriveTopic,
} = ADMIN_VERBS;
const { listGroups, groupInfo, resetGroup, deleteGroup, listConnections, closeConnection } = ADMIN_VERBS;

interface OfTopic {
  readonly topic: string;
}

interface OfGroup extends OfTopic {
  readonly group: string;
}

interface Redriving extends OfTopic, Omit<RedriveFilter, 'topic'> {
  readonly origin?: string;
}

type Policy = Partial<TopicPolicy>;

/**
 * What the broker answers to each admin verb, by the verb, once the request has been checked. Throws what
 * `Administration` throws. The requests are those that the DTO classes describe; these are not named here, because their
 * types need those of class-validator.
 */
export class AdminAnswers implements Record<AdminVerb, (request: never) => unknown> {
  constructor(private readonly administration: Administration) {}

  [listTopics](request: TopicListOptions): TopicList {
    return this.administration.topics.list(request);
  }

  [createTopic]({ topic, policy }: OfTopic & { readonly policy?: Policy }): Promise<TopicReport> {
    return this.administration.topics.create(topic, policy);
  }

  [updateTopic]({ topic, policy }: OfTopic & { readonly policy: Policy }): Promise<TopicReport> {
    return this.administration.topics.update(topic, policy);
  }

  async [deleteTopic]({ topic }: OfTopic): Promise<{ topic: string; deleted: true }> {
    await this.administration.topics.delete(topic);
    return { topic, deleted: true };
  }

  async [purgeTopic]({ topic }: OfTopic): Promise<{ topic: string; purged: number }> {
    return { topic, purged: await this.administration.topics.purge(topic) };
  }

  [topicInfo]({ topic }: OfTopic): TopicReport {
    return this.administration.topics.info(topic);
  }

  async [browseTopic]({ topic, from, limit }: OfTopic & BrowseOptions): Promise<JsonText> {
    return new JsonText(browseText(await this.administration.topics.browse(topic, { from, limit })));
  }

  [redriveTopic]({ topic, origin, ...filter }: Redriving): Promise<RedriveResult> {
    return this.administration.topics.redrive(topic, { ...filter, topic: origin });
  }

  [listGroups]({ topic, limit, after }: OfTopic & GroupListOptions): GroupList {
    return this.administration.groups.list(topic, { limit, after });
  }

  [groupInfo]({ topic, group }: OfGroup): GroupReport {
    return this.administration.groups.info(topic, group);
  }

  [resetGroup]({ topic, group, from }: OfGroup & { readonly from: StartPosition }): Promise<GroupReport> {
    return this.administration.groups.reset(topic, group, from);
  }

  async [deleteGroup]({ topic, group }: OfGroup): Promise<{ topic: string; group: string; deleted: true }> {
    await this.administration.groups.delete(topic, group);
    return { topic, group, deleted: true };
  }

  [listConnections](request: ConnectionListOptions): ConnectionList {
    return this.administration.connections.list(request);
  }

  [closeConnection]({ connection }: { readonly connection: string }): { connection: string; closed: true } {
    this.administration.connections.close(connection);
    return { connection, closed: true };
  }
}

import {
  type Administration,
  browseText,
  type ConnectionList,
  type GroupList,
  type GroupReport,
  type TopicAdministration,
  type TopicList,
  type TopicReport,
} from '@pochta/broker-core';
import { ADMIN_VERBS, type AdminVerb } from '@pochta/protocol';
import type { ADMIN_DTOS } from '@pochta/protocol/dto';
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

/** What the message of a verb's request is, once it has been checked. */
type Request<Verb extends keyof typeof ADMIN_VERBS> = InstanceType<
  (typeof ADMIN_DTOS)[(typeof ADMIN_VERBS)[Verb]]
>;

/** What the broker answers to each admin verb, by the verb. Throws what `Administration` throws. */
export class AdminAnswers implements Record<AdminVerb, (request: never) => unknown> {
  constructor(private readonly administration: Administration) {}

  [listTopics](request: Request<'listTopics'>): TopicList {
    return this.administration.topics.list(request);
  }

  [createTopic]({ topic, policy }: Request<'createTopic'>): Promise<TopicReport> {
    return this.administration.topics.create(topic, policy);
  }

  [updateTopic]({ topic, policy }: Request<'updateTopic'>): Promise<TopicReport> {
    return this.administration.topics.update(topic, policy);
  }

  async [deleteTopic]({ topic }: Request<'deleteTopic'>): Promise<{ topic: string; deleted: true }> {
    await this.administration.topics.delete(topic);
    return { topic, deleted: true };
  }

  async [purgeTopic]({ topic }: Request<'purgeTopic'>): Promise<{ topic: string; purged: number }> {
    return { topic, purged: await this.administration.topics.purge(topic) };
  }

  [topicInfo]({ topic }: Request<'topicInfo'>): TopicReport {
    return this.administration.topics.info(topic);
  }

  async [browseTopic]({ topic, from, limit }: Request<'browseTopic'>): Promise<JsonText> {
    return new JsonText(browseText(await this.administration.topics.browse(topic, { from, limit })));
  }

  [redriveTopic]({
    topic,
    origin,
    ...filter
  }: Request<'redriveTopic'>): ReturnType<TopicAdministration['redrive']> {
    return this.administration.topics.redrive(topic, { ...filter, topic: origin });
  }

  [listGroups]({ topic, limit, after }: Request<'listGroups'>): GroupList {
    return this.administration.groups.list(topic, { limit, after });
  }

  [groupInfo]({ topic, group }: Request<'groupInfo'>): GroupReport {
    return this.administration.groups.info(topic, group);
  }

  [resetGroup]({ topic, group, from }: Request<'resetGroup'>): Promise<GroupReport> {
    return this.administration.groups.reset(topic, group, from);
  }

  async [deleteGroup]({
    topic,
    group,
  }: Request<'deleteGroup'>): Promise<{ topic: string; group: string; deleted: true }> {
    await this.administration.groups.delete(topic, group);
    return { topic, group, deleted: true };
  }

  [listConnections](request: Request<'listConnections'>): ConnectionList {
    return this.administration.connections.list(request);
  }

  [closeConnection]({ connection }: Request<'closeConnection'>): { connection: string; closed: true } {
    this.administration.connections.close(connection);
    return { connection, closed: true };
  }
}

import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  Administration,
  browseText,
  type TopicAdministration,
  type TopicList,
  type TopicReport,
} from '@pochta/broker-core';
import { JsonText } from '@pochta/nestjs/broker';
import {
  ADMIN_VERBS,
  BrowseTopicDto,
  CreateTopicDto,
  DeleteTopicDto,
  ListTopicsDto,
  PurgeTopicDto,
  RedriveTopicDto,
  TopicInfoDto,
  UpdateTopicDto,
} from '@pochta/protocol/dto';
import { AdminController } from './admin.decorators';

/** The verbs `$pochta.topics.*`. */
@AdminController()
export class TopicsAdminController {
  readonly #topics: TopicAdministration;

  constructor({ topics }: Administration) {
    this.#topics = topics;
  }

  @MessagePattern(ADMIN_VERBS.listTopics)
  list(@Payload() request: ListTopicsDto): TopicList {
    return this.#topics.list(request);
  }

  @MessagePattern(ADMIN_VERBS.createTopic)
  create(@Payload() { topic, policy }: CreateTopicDto): Promise<TopicReport> {
    return this.#topics.create(topic, policy);
  }

  @MessagePattern(ADMIN_VERBS.updateTopic)
  update(@Payload() { topic, policy }: UpdateTopicDto): Promise<TopicReport> {
    return this.#topics.update(topic, policy);
  }

  @MessagePattern(ADMIN_VERBS.deleteTopic)
  async delete(@Payload() { topic }: DeleteTopicDto): Promise<{ topic: string; deleted: true }> {
    await this.#topics.delete(topic);
    return { topic, deleted: true };
  }

  @MessagePattern(ADMIN_VERBS.purgeTopic)
  async purge(@Payload() { topic }: PurgeTopicDto): Promise<{ topic: string; purged: number }> {
    return { topic, purged: await this.#topics.purge(topic) };
  }

  @MessagePattern(ADMIN_VERBS.topicInfo)
  info(@Payload() { topic }: TopicInfoDto): TopicReport {
    return this.#topics.info(topic);
  }

  @MessagePattern(ADMIN_VERBS.browseTopic)
  async browse(@Payload() { topic, from, limit }: BrowseTopicDto): Promise<JsonText> {
    return new JsonText(browseText(await this.#topics.browse(topic, { from, limit })));
  }

  @MessagePattern(ADMIN_VERBS.redriveTopic)
  redrive(
    @Payload() { topic, origin, ...filter }: RedriveTopicDto,
  ): ReturnType<TopicAdministration['redrive']> {
    return this.#topics.redrive(topic, { ...filter, topic: origin });
  }
}

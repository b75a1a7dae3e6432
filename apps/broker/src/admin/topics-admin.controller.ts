import { MessagePattern, Payload } from '@nestjs/microservices';
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
import { AdminAnswers } from '@pochta/server';
import { AdminController } from './admin.decorators';

/** The verbs `$pochta.topics.*`. */
@AdminController()
export class TopicsAdminController {
  constructor(private readonly answers: AdminAnswers) {}

  @MessagePattern(ADMIN_VERBS.listTopics)
  list(@Payload() request: ListTopicsDto) {
    return this.answers[ADMIN_VERBS.listTopics](request);
  }

  @MessagePattern(ADMIN_VERBS.createTopic)
  create(@Payload() request: CreateTopicDto) {
    return this.answers[ADMIN_VERBS.createTopic](request);
  }

  @MessagePattern(ADMIN_VERBS.updateTopic)
  update(@Payload() request: UpdateTopicDto) {
    return this.answers[ADMIN_VERBS.updateTopic](request);
  }

  @MessagePattern(ADMIN_VERBS.deleteTopic)
  delete(@Payload() request: DeleteTopicDto) {
    return this.answers[ADMIN_VERBS.deleteTopic](request);
  }

  @MessagePattern(ADMIN_VERBS.purgeTopic)
  purge(@Payload() request: PurgeTopicDto) {
    return this.answers[ADMIN_VERBS.purgeTopic](request);
  }

  @MessagePattern(ADMIN_VERBS.topicInfo)
  info(@Payload() request: TopicInfoDto) {
    return this.answers[ADMIN_VERBS.topicInfo](request);
  }

  @MessagePattern(ADMIN_VERBS.browseTopic)
  browse(@Payload() request: BrowseTopicDto) {
    return this.answers[ADMIN_VERBS.browseTopic](request);
  }

  @MessagePattern(ADMIN_VERBS.redriveTopic)
  redrive(@Payload() request: RedriveTopicDto) {
    return this.answers[ADMIN_VERBS.redriveTopic](request);
  }
}

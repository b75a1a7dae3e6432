import { IsIn } from 'class-validator';
import { IsIntegerFrom, IsName, IsTopicFilter, IsTopicName, Optional } from '../field-decorators';
import type { TopicPolicyDto } from '../topic-policy-dto';
import { IsTopicPolicy, PageDto } from './admin-members';

/** Why a message may have become a dead letter. */
export const DEAD_LETTER_REASONS = ['max-deliveries', 'terminated', 'expired', 'overflow'] as const;

/** A request that names one topic. */
abstract class OneTopicDto {
  @IsTopicName()
  topic!: string;
}

/** `$pochta.topics.list`: topics in the order of their names. */
export class ListTopicsDto extends PageDto {
  /** Which of them; default all. */
  @Optional()
  @IsTopicFilter()
  filter?: string;

  /** The name behind which the page begins: `next` of the page before. Default: the first name. */
  @Optional()
  @IsTopicName()
  after?: string;
}

/** `$pochta.topics.create`. */
export class CreateTopicDto extends OneTopicDto {
  /** What is left out is as configured for that name. */
  @Optional()
  @IsTopicPolicy()
  policy?: Partial<TopicPolicyDto>;
}

/** `$pochta.topics.update`. */
export class UpdateTopicDto extends OneTopicDto {
  /** What is left out stays as it is. */
  @IsTopicPolicy()
  policy!: Partial<TopicPolicyDto>;
}

/** `$pochta.topics.delete`: the topic, its messages and its groups. */
export class DeleteTopicDto extends OneTopicDto {}

/** `$pochta.topics.purge`: all messages of the topic. */
export class PurgeTopicDto extends OneTopicDto {}

/** `$pochta.topics.info`. */
export class TopicInfoDto extends OneTopicDto {}

/** `$pochta.topics.browse`: messages, which stay as they are. */
export class BrowseTopicDto extends OneTopicDto {
  /** Sequence to begin with; default: the oldest message held. */
  @Optional()
  @IsIntegerFrom(1)
  from?: number;

  /** Most messages to show, 1 to 1,000; default 20. */
  @Optional()
  @IsIntegerFrom(1, 1000)
  limit = 20;
}

/** `$pochta.topics.redrive`: moves dead letters back to where they came from. */
export class RedriveTopicDto extends OneTopicDto {
  /** Only those that came from this topic. */
  @Optional()
  @IsTopicName()
  origin?: string;

  /** Only those that this consumer group gave up. */
  @Optional()
  @IsName()
  group?: string;

  /** Only those that became dead letters for this reason. */
  @Optional()
  @IsIn(DEAD_LETTER_REASONS)
  reason?: (typeof DEAD_LETTER_REASONS)[number];

  /** From this sequence in the dead-letter topic on; default: the first. */
  @Optional()
  @IsIntegerFrom(1)
  fromSequence?: number;

  /** Up to this sequence in the dead-letter topic; default: the last. */
  @Optional()
  @IsIntegerFrom(1)
  toSequence?: number;

  /** Most messages to move; default: all. */
  @Optional()
  @IsIntegerFrom(1)
  limit?: number;
}

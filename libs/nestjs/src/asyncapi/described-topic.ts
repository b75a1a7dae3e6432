import type { Type } from '@nestjs/common';
import type { TopicOptions } from '../topics/topic-definition';

/** What the document says of a `TopicDefinition`, whatever the types of its payloads and replies. */
export interface DescribedTopic extends TopicOptions {
  readonly name: string;
  readonly payload: Type | undefined;
}

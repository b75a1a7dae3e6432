import { Equals } from 'class-validator';
import type { RequestId } from '../frames';
import {
  IsHeaders,
  IsIntegerFrom,
  IsName,
  IsPresent,
  IsRequestId,
  IsTopicName,
  IsWithout,
  Optional,
} from './field-decorators';

/** A publish without an `id`: what a transaction takes as an operation. */
export class PublishOperationDto {
  @Equals('publish')
  action!: 'publish';

  @IsTopicName()
  topic!: string;

  /** Any JSON value. */
  @IsPresent()
  message!: unknown;

  @Optional()
  @IsHeaders()
  headers?: Record<string, string>;

  @Optional()
  @IsName()
  key?: string;

  /** 0 (default) to 9. */
  @Optional()
  @IsIntegerFrom(0, 9)
  priority?: number;

  /** ms from now. */
  @Optional()
  @IsIntegerFrom(0)
  delay?: number;

  /** ms since the epoch. */
  @Optional()
  @IsIntegerFrom(0)
  @IsWithout('delay')
  deliverAt?: number;

  /** ms. */
  @Optional()
  @IsIntegerFrom(1)
  ttl?: number;

  @Optional()
  @IsName()
  messageId?: string;
}

export class PublishDto extends PublishOperationDto {
  @Optional()
  @IsRequestId()
  id?: RequestId;
}

import { Equals } from 'class-validator';
import type { RequestId } from '../frames';
import { MAX_DELAY, MAX_PRIORITY } from '../limits';
import {
  IsContentType,
  IsEncoded,
  IsEncoding,
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

  /** Any JSON value; with `encoding`, the bytes of the message as a string of base64. */
  @IsPresent()
  @IsEncoded()
  message!: unknown;

  @IsEncoding()
  encoding?: 'base64';

  /** MIME type of the bytes. */
  @IsContentType()
  contentType?: string;

  @Optional()
  @IsHeaders()
  headers?: Record<string, string>;

  @Optional()
  @IsName()
  key?: string;

  /** 0 (default) to 9, the highest. */
  @Optional()
  @IsIntegerFrom(0, MAX_PRIORITY)
  priority?: number;

  /** ms from now. */
  @Optional()
  @IsIntegerFrom(0, MAX_DELAY)
  delay?: number;

  /** ms since the epoch; how far away it may be is checked by the broker, which has the clock. */
  @Optional()
  @IsIntegerFrom(0)
  @IsWithout('delay')
  deliverAt?: number;

  /** ms, from when it is due on. */
  @Optional()
  @IsIntegerFrom(1, MAX_DELAY)
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

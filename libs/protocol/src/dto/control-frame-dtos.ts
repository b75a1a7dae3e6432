import { Equals, IsBoolean, IsString, ValidateIf, validateSync } from 'class-validator';
import type { BackoffOptions, RequestId } from '../frames';
import { isReplyError } from '../json-lines/control-frames';
import { isObject, isRequestId } from '../json-lines/field-checks';
import { readBackoff, BACKOFF_RULE } from '../json-lines/group-fields';
import { readStart, START_RULE } from '../json-lines/start-position';
import { MAX_DELIVERIES, MAX_OPERATIONS, MAX_PREFETCH, MAX_WAIT, MIN_ACK_DEADLINE } from '../limits';
import {
  IsContentType,
  IsEncoded,
  IsEncoding,
  IsHeaders,
  IsIntegerFrom,
  IsName,
  IsPresent,
  IsRequestId,
  IsRequestTopic,
  IsTopicFilter,
  IsTopicName,
  IsWith,
  IsWithout,
  Optional,
  Satisfies,
} from './field-decorators';
import { PublishOperationDto } from './publish-dto';
import { AckOperationDto } from './settlement-dtos';

abstract class RequestDto {
  @Optional()
  @IsRequestId()
  id?: RequestId;
}

export class SubscribeDto extends RequestDto {
  @Equals('subscribe')
  action!: 'subscribe';

  @IsTopicFilter()
  topic!: string;

  @Optional()
  @Satisfies('isStart', START_RULE, (value, frame) => readStart(value, frame['topic']) !== undefined)
  from?: unknown;

  @Optional()
  @IsName()
  group?: string;

  @Optional()
  @IsWith('group')
  @IsIntegerFrom(1, MAX_PREFETCH)
  prefetch?: number;

  /** ms. */
  @Optional()
  @IsWith('group')
  @IsIntegerFrom(MIN_ACK_DEADLINE, MAX_WAIT)
  ackDeadline?: number;

  @Optional()
  @IsWith('group')
  @IsIntegerFrom(1, MAX_DELIVERIES)
  maxDeliveries?: number;

  @Optional()
  @IsWith('group')
  @Satisfies('isBackoff', BACKOFF_RULE, (value) => readBackoff(value) !== undefined)
  backoff?: BackoffOptions;

  @Optional()
  @IsBoolean()
  meta?: boolean;

  @Optional()
  @IsName()
  subscription?: string;
}

export class UnsubscribeDto extends RequestDto {
  @Equals('unsubscribe')
  action!: 'unsubscribe';

  @ValidateIf((frame: UnsubscribeDto) => frame.topic !== undefined || frame.subscription === undefined)
  @IsTopicFilter()
  topic?: string;

  @Optional()
  @IsName()
  group?: string;

  @Optional()
  @IsName()
  subscription?: string;
}

export class GetDto extends RequestDto {
  @Equals('get')
  action!: 'get';

  @Optional()
  @IsTopicName()
  topic?: string;
}

export class TransactionDto extends RequestDto {
  @Equals('transaction')
  action!: 'transaction';

  @Satisfies('isOperations', `must be an array of 1 to ${MAX_OPERATIONS} publishes and acks`, isOperations)
  operations!: (PublishOperationDto | AckOperationDto)[];
}

export class RequestFrameDto extends RequestDto {
  @Equals('request')
  action!: 'request';

  @IsRequestTopic()
  topic!: string;

  /** Any JSON value; with `encoding`, the bytes of the payload as a string of base64. */
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

  /** ms. */
  @Optional()
  @IsIntegerFrom(1, MAX_WAIT)
  timeout?: number;
}

export class RespondDto extends RequestDto {
  @Equals('respond')
  action!: 'respond';

  @IsTopicName()
  topic!: string;
}

export class UnrespondDto extends RequestDto {
  @Equals('unrespond')
  action!: 'unrespond';

  @IsTopicName()
  topic!: string;
}

export class ReplyDto extends RequestDto {
  @Equals('reply')
  action!: 'reply';

  @IsName()
  correlationId!: string;

  /** As in a request. Absent beside an error, and at the end of a reply in parts. */
  @IsEncoded()
  @Satisfies(
    'isPart',
    'must be a JSON value',
    (value, frame) => value !== undefined || frame['error'] !== undefined || frame['more'] !== true,
  )
  message?: unknown;

  @IsEncoding()
  encoding?: 'base64';

  /** MIME type of the bytes. */
  @IsContentType()
  contentType?: string;

  @Optional()
  @IsWithout('message')
  @Satisfies(
    'isReplyError',
    'must be an object with a string message, and a string code if any',
    isReplyError,
  )
  error?: { code?: string; message: string };

  @Optional()
  @IsBoolean()
  more?: boolean;
}

export class CancelDto {
  @Equals('cancel')
  action!: 'cancel';

  @Satisfies('isOwnRequest', 'must be the id of an own request', isRequestId)
  id!: RequestId;
}

export class AuthDto extends RequestDto {
  @Equals('auth')
  action!: 'auth';

  @Satisfies('isOneWay', 'or jwt, or user and password, must be given: one of the three', (_, frame) => {
    const ways = [frame['token'], frame['jwt'], frame['user'] ?? frame['password']];
    return ways.filter((way) => way !== undefined).length === 1;
  })
  @Satisfies('isText', 'must be a string', (value) => value === undefined || typeof value === 'string')
  token?: string;

  @Satisfies('isPaired', 'must be a string, given together with password', isPairedWith('password'))
  user?: string;

  @Satisfies('isPaired', 'must be a string, given together with user', isPairedWith('user'))
  password?: string;

  @Optional()
  @IsString()
  jwt?: string;
}

export class PingDto extends RequestDto {
  @Equals('ping')
  action!: 'ping';
}

export class SendDto extends RequestDto {
  @Equals('send')
  action!: 'send';

  /** Any JSON value. */
  @IsPresent()
  text!: unknown;
}

export class ListenDto extends RequestDto {
  @Equals('listen')
  action!: 'listen';
}

function isPairedWith(other: string) {
  return (value: unknown, frame: Readonly<Record<string, unknown>>): boolean =>
    value === undefined ? frame[other] === undefined : typeof value === 'string';
}

function isOperations(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_OPERATIONS) return false;
  return value.every((operation) => {
    if (!isObject(operation)) return false;
    const dto = operation['action'] === 'ack' ? new AckOperationDto() : new PublishOperationDto();
    return validateSync(Object.assign(dto, operation)).length === 0;
  });
}

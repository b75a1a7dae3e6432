import { Equals } from 'class-validator';
import type { RequestId } from '../frames';
import { isSequenceList } from '../json-lines/field-checks';
import { MAX_NAME_LENGTH, MAX_SEQUENCES, MAX_WAIT } from '../limits';
import {
  IsIntegerFrom,
  IsName,
  IsRequestId,
  IsText,
  IsTopicName,
  IsWithout,
  Optional,
  Satisfies,
} from './field-decorators';

/** What an ack, a nack, a terminate and a touch have in common. */
abstract class SettlementDto {
  @IsTopicName()
  topic!: string;

  @IsName()
  group!: string;

  @Satisfies(
    'isSequence',
    'must be a positive integer, or sequences must be given',
    (value, frame) =>
      (value === undefined && frame['sequences'] !== undefined) ||
      (Number.isSafeInteger(value) && (value as number) >= 1),
  )
  sequence?: number;

  @Optional()
  @IsWithout('sequence')
  @Satisfies('isSequenceList', `must be an array of 1 to ${MAX_SEQUENCES} positive integers`, isSequenceList)
  sequences?: number[];
}

/** An ack without an `id`: what a transaction takes as an operation. */
export class AckOperationDto extends SettlementDto {
  @Equals('ack')
  action!: 'ack';
}

export class AckDto extends AckOperationDto {
  @Optional()
  @IsRequestId()
  id?: RequestId;
}

abstract class IdentifiedSettlementDto extends SettlementDto {
  @Optional()
  @IsRequestId()
  id?: RequestId;
}

export class NackDto extends IdentifiedSettlementDto {
  @Equals('nack')
  action!: 'nack';

  /** ms. */
  @Optional()
  @IsIntegerFrom(0, MAX_WAIT)
  delay?: number;
}

export class TerminateDto extends IdentifiedSettlementDto {
  @Equals('terminate')
  action!: 'terminate';

  @Optional()
  @IsText(MAX_NAME_LENGTH)
  reason?: string;
}

export class TouchDto extends IdentifiedSettlementDto {
  @Equals('touch')
  action!: 'touch';
}

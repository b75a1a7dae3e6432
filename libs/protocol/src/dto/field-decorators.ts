import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { isHeaders, isInteger, isName, isRequestId } from '../json-lines/field-checks';
import {
  base64Bytes,
  BASE64_RULE,
  ENCODING_RULE,
  isContentType,
  PAIRED_TYPE_RULE,
} from '../json-lines/opaque-message';
import { ENCODING } from '../json-lines/opaque-payload';
import { MAX_HEADERS, MAX_NAME_LENGTH } from '../limits';
import { validateRequestTopic, validateTopicFilter, validateTopicName } from '../topic-name';

/** A check of one field; `message` says what the field must be. */
export function Satisfies(
  name: string,
  message: string | ((value: unknown) => string),
  check: (value: unknown, frame: Readonly<Record<string, unknown>>) => boolean,
): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) =>
        check(value, (args as ValidationArguments).object as Record<string, unknown>),
      defaultMessage: (args) => `$property ${typeof message === 'string' ? message : message(args?.value)}`,
    },
  });
}

/** The field may be absent. Unlike class-validator's `IsOptional`, `null` is not absent. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** Any JSON value, `null` too. */
export function IsPresent(): PropertyDecorator {
  return Satisfies('isPresent', 'must be a JSON value', (value) => value !== undefined);
}

export function IsTopicName(): PropertyDecorator {
  return isTopic('isTopicName', validateTopicName);
}

/** A topic's name, or one of those that are reserved. */
export function IsRequestTopic(): PropertyDecorator {
  return isTopic('isRequestTopic', validateRequestTopic);
}

export function IsTopicFilter(): PropertyDecorator {
  return isTopic('isTopicFilter', validateTopicFilter);
}

function isTopic(name: string, validate: (text: string) => string | undefined): PropertyDecorator {
  const problem = (value: unknown): string | undefined =>
    typeof value === 'string' ? validate(value) : 'must be a string';
  return Satisfies(
    name,
    (value) => problem(value) ?? '',
    (value) => problem(value) === undefined,
  );
}

export function IsName(): PropertyDecorator {
  return Satisfies('isName', `must be a string of 1 to ${MAX_NAME_LENGTH} characters`, isName);
}

/** A string of at most `max` UTF-16 units; class-validator's `MaxLength` counts some pairs of them as one. */
export function IsText(max: number): PropertyDecorator {
  return Satisfies(
    'isText',
    `must be a string of at most ${max} characters`,
    (value) => typeof value === 'string' && value.length <= max,
  );
}

export function IsRequestId(): PropertyDecorator {
  return Satisfies(
    'isRequestId',
    `must be a string of at most ${MAX_NAME_LENGTH} characters or a number`,
    isRequestId,
  );
}

export function IsHeaders(): PropertyDecorator {
  return Satisfies('isHeaders', `must be an object of at most ${MAX_HEADERS} strings`, isHeaders);
}

export function IsIntegerFrom(min: number, max: number = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  return Satisfies('isIntegerFrom', `must be an integer from ${min} to ${max}`, (value) =>
    isInteger(value, min, max),
  );
}

/** Only `base64`, and only together with `contentType`. */
export function IsEncoding(): PropertyDecorator {
  return Satisfies('isEncoding', ENCODING_RULE, (value, frame) =>
    value === undefined ? frame['contentType'] === undefined : value === ENCODING,
  );
}

/** Only together with `encoding`. */
export function IsContentType(): PropertyDecorator {
  return Satisfies('isContentType', PAIRED_TYPE_RULE, (value, frame) =>
    value === undefined ? frame['encoding'] === undefined : isContentType(value),
  );
}

/** What `encoding` says, if there is one. */
export function IsEncoded(): PropertyDecorator {
  return Satisfies(
    'isEncoded',
    BASE64_RULE,
    (value, frame) => frame['encoding'] === undefined || base64Bytes(value) !== undefined,
  );
}

/** The field is of no use without the other one. */
export function IsWith(other: string): PropertyDecorator {
  return Satisfies('isWith', `must not be given without ${other}`, (_, frame) => frame[other] !== undefined);
}

/** The field and the other one exclude each other. */
export function IsWithout(other: string): PropertyDecorator {
  return Satisfies(
    `isWithout`,
    `must not be given together with ${other}`,
    (_, frame) => frame[other] === undefined,
  );
}

/**
 * The checks of single fields. Each returns the field's value, or throws `INVALID_FRAME` with a text that names the
 * field and says what it must be. An optional field that is absent is `undefined`; `null` is not absent.
 */
import { errorFor } from '../errors/error-classes';
import type { PochtaError } from '../errors/pochta-error';
import type { Payload, RequestId } from '../frames';
import { MAX_HEADERS, MAX_NAME_LENGTH, MAX_SEQUENCES } from '../limits';
import { validateRequestTopic, validateTopicFilter, validateTopicName } from '../topic-name';
import { CLIENT_FIELDS, F } from './client-frame-fields';
import type { ObjectValues } from './object-values';

const LONE_SURROGATE = /\p{Cs}/u;
const MAX_KEPT_ERRORS = 1000;
const keptErrors = new Map<string, PochtaError>();

/** `INVALID_FRAME` for one field. There are few texts, and an error's stack is dear: each is made once. */
export function invalidField(name: string, problem: string): PochtaError {
  const text = `${name} ${problem}`;
  let error = keptErrors.get(text);
  if (error === undefined) {
    error = errorFor('INVALID_FRAME', text, { field: name });
    if (keptErrors.size < MAX_KEPT_ERRORS) keptErrors.set(text, error);
  }
  return error;
}

export function refuse(field: number, problem: string): never {
  throw invalidField(CLIENT_FIELDS.names[field], problem);
}

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' ? value.length <= MAX_NAME_LENGTH : Number.isFinite(value);
}

/** Whether the value is a name: of a group, a subscription, a key, a message id, a correlation id. */
export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length >= 1 &&
    value.length <= MAX_NAME_LENGTH &&
    !LONE_SURROGATE.test(value)
  );
}

export function requestId(values: ObjectValues): RequestId | undefined {
  const value = values.value(F.id);
  if (value === undefined || isRequestId(value)) return value;
  return refuse(F.id, `must be a string of at most ${MAX_NAME_LENGTH} characters or a number`);
}

export function required(values: ObjectValues, field: number, what: string): void {
  if (!values.has(field)) refuse(field, `must be ${what}`);
}

export function topicName(values: ObjectValues): string {
  return topic(values, validateTopicName);
}

export function requestTopic(values: ObjectValues): string {
  return topic(values, validateRequestTopic);
}

export function topicFilter(values: ObjectValues): string {
  return topic(values, validateTopicFilter);
}

function topic(values: ObjectValues, validate: (text: string) => string | undefined): string {
  const value = values.value(F.topic);
  if (typeof value !== 'string') return refuse(F.topic, 'must be a string');
  const problem = validate(value);
  return problem === undefined ? value : refuse(F.topic, problem);
}

export function optionalName(values: ObjectValues, field: number): string | undefined {
  const value = values.value(field);
  if (value === undefined || isName(value)) return value;
  return refuse(field, `must be a string of 1 to ${MAX_NAME_LENGTH} characters`);
}

export function name(values: ObjectValues, field: number): string {
  return (
    optionalName(values, field) ?? refuse(field, `must be a string of 1 to ${MAX_NAME_LENGTH} characters`)
  );
}

export function optionalText(values: ObjectValues, field: number, max = Infinity): string | undefined {
  const value = values.value(field);
  if (value === undefined || (typeof value === 'string' && value.length <= max)) return value;
  return refuse(
    field,
    max === Infinity ? 'must be a string' : `must be a string of at most ${max} characters`,
  );
}

export function optionalBoolean(values: ObjectValues, field: number): boolean | undefined {
  const value = values.value(field);
  if (value === undefined || typeof value === 'boolean') return value;
  return refuse(field, 'must be true or false');
}

export function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

export function optionalInteger(
  values: ObjectValues,
  field: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = values.value(field);
  if (value === undefined || isInteger(value, min, max)) return value;
  return refuse(field, `must be an integer from ${min} to ${max}`);
}

export function optionalHeaders(values: ObjectValues): Readonly<Record<string, string>> | undefined {
  const value = values.value(F.headers);
  if (value === undefined) return undefined;
  if (isHeaders(value)) return value;
  return refuse(F.headers, `must be an object of at most ${MAX_HEADERS} strings`);
}

export function isHeaders(value: unknown): value is Record<string, string> {
  if (!isObject(value)) return false;
  const texts = Object.values(value);
  return texts.length <= MAX_HEADERS && texts.every((text) => typeof text === 'string');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `sequence` or `sequences`, as a list. */
export function sequences(values: ObjectValues): readonly number[] {
  const one = optionalInteger(values, F.sequence, 1);
  const many = values.value(F.sequences);
  if (many === undefined) return one === undefined ? refuse(F.sequence, 'or sequences must be given') : [one];
  if (one !== undefined) return refuse(F.sequences, 'must not be given together with sequence');
  if (isSequenceList(many)) return many;
  return refuse(F.sequences, `must be an array of 1 to ${MAX_SEQUENCES} positive integers`);
}

/** What an ack, a nack, a terminate and a touch have in common. */
export function settlement(values: ObjectValues): {
  topic: string;
  group: string;
  sequences: readonly number[];
} {
  return { topic: topicName(values), group: name(values, F.group), sequences: sequences(values) };
}

/** A JSON value that is passed on as it came. */
export function jsonPayload(values: ObjectValues, field: number): Payload {
  required(values, field, 'a JSON value');
  return { bytes: values.payload(field) };
}

export function isSequenceList(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_SEQUENCES) return false;
  return value.every((sequence) => isInteger(sequence, 1, Number.MAX_SAFE_INTEGER));
}

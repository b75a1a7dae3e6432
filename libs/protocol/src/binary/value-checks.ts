/** The checks of single fields, with the texts that JSON lines have for them. Throw `INVALID_FRAME`. */
import { invalidField, isInteger, isName } from '../json-lines/field-checks';
import { CONTENT_TYPE_RULE, isContentType } from '../json-lines/opaque-message';
import { messageAttributes } from '../json-lines/publish-attributes';
import { presentFields } from '../json-lines/present-fields';
import { MAX_DELAY, MAX_HEADERS, MAX_NAME_LENGTH, MAX_PRIORITY } from '../limits';
import type { MessageAttributes } from '../message-batch';
import type { WrittenAttributes } from './message-attributes';

const NAME_RULE = `must be a string of 1 to ${MAX_NAME_LENGTH} characters`;
const HEADERS_RULE = `must be an object of at most ${MAX_HEADERS} strings`;

export function checkTopic(text: string, validate: (text: string) => string | undefined): string {
  const problem = validate(text);
  if (problem !== undefined) throw invalidField('topic', problem);
  return text;
}

export function checkName(field: string, value: string): string {
  if (!isName(value)) throw invalidField(field, NAME_RULE);
  return value;
}

export function checkInteger(field: string, value: number, min: number, max: number): number {
  if (!isInteger(value, min, max)) throw invalidField(field, `must be an integer from ${min} to ${max}`);
  return value;
}

export function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (Object.keys(headers).length > MAX_HEADERS) throw invalidField('headers', HEADERS_RULE);
  return headers;
}

export function checkContentType(value: string): string {
  if (!isContentType(value)) throw invalidField('contentType', CONTENT_TYPE_RULE);
  return value;
}

/** Of what a publish carries beside its payload. Returns it without what is absent. */
export function checkFields(fields: WrittenAttributes): WrittenAttributes {
  const { headers, key, messageId, priority, delay, deliverAt, ttl, contentType } = fields;
  if (headers !== undefined) checkHeaders(headers);
  if (key !== undefined) checkName('key', key);
  if (messageId !== undefined) checkName('messageId', messageId);
  if (priority !== undefined) checkInteger('priority', priority, 0, MAX_PRIORITY);
  if (delay !== undefined) checkInteger('delay', delay, 0, MAX_DELAY);
  if (ttl !== undefined) checkInteger('ttl', ttl, 1, MAX_DELAY);
  if (delay !== undefined && deliverAt !== undefined)
    throw invalidField('deliverAt', 'must not be given together with delay');
  if (contentType !== undefined) checkContentType(contentType);
  return presentFields(fields);
}

export function attributesOf(fields: WrittenAttributes, contentType?: string): MessageAttributes | undefined {
  return messageAttributes(fields, fields.contentType ?? contentType);
}

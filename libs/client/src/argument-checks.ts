/** Checks of what callers pass, with the limits and in the words of the broker. All throw `INVALID_FRAME`. */
import {
  CONTENT_TYPE_RULE,
  MAX_DELAY,
  MAX_HEADERS,
  MAX_NAME_LENGTH,
  MAX_PRIORITY,
  errorFor,
  isContentType,
  validateTopicName,
  type PochtaError,
} from '@pochta/protocol';

const LONE_SURROGATE = /\p{Cs}/u;

export function invalidArgument(field: string, problem: string): PochtaError {
  return errorFor('INVALID_FRAME', `${field} ${problem}`, { field });
}

/** `validate` gives the problem with a name, if there is one. */
export function checkTopic(
  topic: string,
  validate: (topic: string) => string | undefined = validateTopicName,
): void {
  const problem = typeof topic === 'string' ? validate(topic) : 'must be a string';
  if (problem !== undefined) throw invalidArgument('topic', problem);
}

/** Passes what is left out. */
export function checkInteger(
  field: string,
  value: number | undefined,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalidArgument(field, `must be an integer from ${least} to ${most}`);
}

/** Passes what is left out. */
export function checkName(field: string, value: string | undefined): void {
  if (value === undefined) return;
  const fits = typeof value === 'string' && value.length >= 1 && value.length <= MAX_NAME_LENGTH;
  if (fits && !LONE_SURROGATE.test(value)) return;
  throw invalidArgument(field, `must be a string of 1 to ${MAX_NAME_LENGTH} characters`);
}

/** Passes what is left out. */
export function checkHeaders(headers: Readonly<Record<string, string>> | undefined): void {
  if (headers === undefined) return;
  if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) {
    const values = Object.values(headers);
    if (values.length <= MAX_HEADERS && values.every((value) => typeof value === 'string')) return;
  }
  throw invalidArgument('headers', `must be an object of at most ${MAX_HEADERS} strings`);
}

export function checkContentType(contentType: string): void {
  if (!isContentType(contentType)) throw invalidArgument('contentType', CONTENT_TYPE_RULE);
}

/** What a publish may say beside its message. */
interface PublishFields {
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  readonly delay?: number;
  readonly deliverAt?: number;
  readonly ttl?: number;
  readonly messageId?: string;
}

/** How far away `deliverAt` may be is for the broker's clock to say. */
export function checkPublish(options: PublishFields): void {
  const { delay, deliverAt } = options;
  checkHeaders(options.headers);
  checkName('key', options.key);
  checkInteger('priority', options.priority, 0, MAX_PRIORITY);
  checkInteger('delay', delay, 0, MAX_DELAY);
  checkInteger('deliverAt', deliverAt, 0);
  if (delay !== undefined && deliverAt !== undefined)
    throw invalidArgument('deliverAt', 'must not be given together with delay');
  checkInteger('ttl', options.ttl, 1, MAX_DELAY);
  checkName('messageId', options.messageId);
}

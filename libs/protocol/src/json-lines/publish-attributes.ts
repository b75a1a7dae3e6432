import { MAX_DELAY, MAX_PRIORITY } from '../limits';
import type { MessageAttributes } from '../message-batch';
import { F } from './client-frame-fields';
import { optionalHeaders, optionalInteger, optionalName, refuse } from './field-checks';
import type { ObjectValues } from './object-values';
import { presentFields } from './present-fields';

/** The optional fields of a publish, as they came. */
export interface PublishOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly priority?: number;
  readonly delay?: number;
  readonly deliverAt?: number;
  readonly ttl?: number;
}

export function readPublishOptions(values: ObjectValues): PublishOptions {
  const options = {
    headers: optionalHeaders(values),
    key: optionalName(values, F.key),
    priority: optionalInteger(values, F.priority, 0, MAX_PRIORITY),
    delay: optionalInteger(values, F.delay, 0, MAX_DELAY),
    deliverAt: optionalInteger(values, F.deliverAt, 0),
    ttl: optionalInteger(values, F.ttl, 1, MAX_DELAY),
  };
  if (options.delay !== undefined && options.deliverAt !== undefined) {
    refuse(F.deliverAt, 'must not be given together with delay');
  }
  return presentFields(options);
}

/** What of the options goes with the message; `undefined` when nothing does. */
export function messageAttributes(
  options: PublishOptions,
  contentType?: string,
): MessageAttributes | undefined {
  const { headers, key, priority, delay, deliverAt, ttl } = options;
  const attributes = presentFields({
    headers,
    key,
    priority: priority || undefined,
    delay: delay || undefined,
    deliverAt,
    ttl,
    contentType,
  });
  return Object.keys(attributes).length === 0 ? undefined : attributes;
}

import type { ControlFrame, RequestId } from '../frames';
import { MAX_NAME_LENGTH, MAX_WAIT } from '../limits';
import { F } from './client-frame-fields';
import {
  isObject,
  jsonPayload,
  name,
  optionalBoolean,
  optionalHeaders,
  optionalInteger,
  optionalName,
  optionalText,
  refuse,
  requestTopic,
  settlement,
  topicFilter,
  topicName,
} from './field-checks';
import { readGroupFields } from './group-fields';
import type { ObjectValues } from './object-values';
import { opaqueMessage, payload } from './opaque-message';
import { presentFields } from './present-fields';
import { startPosition } from './start-position';
import { readOperations } from './transaction-operations';

/**
 * Makes the frame of any action but `publish`, from the fields that the action has; others are ignored. `undefined`
 * for an action that is not known. Throws `INVALID_FRAME`.
 */
export function readControlFrame(
  action: unknown,
  values: ObjectValues,
  id?: RequestId,
): ControlFrame | undefined {
  const frame = readFields(action, values, id);
  return frame && presentFields(frame);
}

function readFields(action: unknown, values: ObjectValues, id?: RequestId): ControlFrame | undefined {
  switch (action) {
    case 'subscribe':
      return subscribe(values, id);
    case 'unsubscribe': {
      const subscription = optionalName(values, F.subscription);
      const group = optionalName(values, F.group);
      const named = subscription !== undefined && !values.has(F.topic);
      return { action, id, topic: named ? undefined : topicFilter(values), group, subscription };
    }
    case 'get':
      return values.has(F.topic) ? { action, id, topic: topicName(values) } : { action: 'peek' };
    case 'ack':
    case 'touch':
      return { action, id, ...settlement(values) };
    case 'nack':
      return { action, id, ...settlement(values), delay: optionalInteger(values, F.delay, 0, MAX_WAIT) };
    case 'terminate':
      return { action, id, ...settlement(values), reason: optionalText(values, F.reason, MAX_NAME_LENGTH) };
    case 'transaction':
      return { action, id, operations: readOperations(values) };
    case 'request':
      return {
        action,
        id,
        topic: requestTopic(values),
        message: payload(values),
        headers: optionalHeaders(values),
        timeout: optionalInteger(values, F.timeout, 1, MAX_WAIT),
      };
    case 'respond':
    case 'unrespond':
      return { action, id, topic: topicName(values) };
    case 'reply':
      return reply(values, id);
    case 'cancel':
      return id === undefined ? refuse(F.id, 'must be the id of an own request') : { action, id };
    case 'auth':
      return auth(values, id);
    case 'ping':
      return { action, id };
    case 'send':
      return { action, text: jsonPayload(values, F.text) };
    case 'listen':
      return { action };
    default:
      return undefined;
  }
}

function subscribe(values: ObjectValues, id?: RequestId): ControlFrame {
  const topic = topicFilter(values);
  return {
    action: 'subscribe',
    id,
    topic,
    from: startPosition(values, topic),
    ...readGroupFields(values),
    meta: optionalBoolean(values, F.meta),
    subscription: optionalName(values, F.subscription),
  };
}

function reply(values: ObjectValues, id?: RequestId): ControlFrame {
  const correlationId = name(values, F.correlationId);
  const more = optionalBoolean(values, F.more);
  const opaque = opaqueMessage(values);
  if (!values.has(F.error)) {
    if (more !== true && !values.has(F.message)) return { action: 'reply', id, correlationId };
    return { action: 'reply', id, correlationId, message: opaque ?? jsonPayload(values, F.message), more };
  }
  if (values.has(F.message)) refuse(F.error, 'must not be given together with message');
  const error = values.value(F.error);
  if (!isReplyError(error))
    return refuse(F.error, 'must be an object with a string message, and a string code if any');
  const { code, message } = error;
  return { action: 'reply', id, correlationId, error: presentFields({ code, message }), more };
}

export function isReplyError(value: unknown): value is { code?: string; message: string } {
  if (!isObject(value) || !Object.hasOwn(value, 'message') || typeof value['message'] !== 'string')
    return false;
  if (!Object.hasOwn(value, 'code')) return true;
  const code = value['code'];
  return typeof code === 'string' && code.length >= 1 && code.length <= MAX_NAME_LENGTH;
}

function auth(values: ObjectValues, id?: RequestId): ControlFrame {
  const token = optionalText(values, F.token);
  const jwt = optionalText(values, F.jwt);
  const user = optionalText(values, F.user);
  const password = optionalText(values, F.password);
  const ways = [token, jwt, user ?? password].filter((way) => way !== undefined).length;
  if (ways !== 1) refuse(F.token, 'or jwt, or user and password, must be given: one of the three');
  if (user === undefined && password !== undefined) refuse(F.user, 'must be given together with password');
  if (user !== undefined && password === undefined) refuse(F.password, 'must be given together with user');
  return { action: 'auth', id, token, user, password, jwt };
}

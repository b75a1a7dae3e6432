import type { AckFrame, PublishFrame } from '../frames';
import { MAX_OPERATIONS } from '../limits';
import { CLIENT_FIELDS, F } from './client-frame-fields';
import { optionalName, refuse, settlement, topicName } from './field-checks';
import { JsonScanner } from './json-scanner';
import { ObjectValues } from './object-values';
import { payload } from './opaque-message';
import { presentFields } from './present-fields';
import { readPublishOptions } from './publish-attributes';

const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;

/** The operations of a transaction: publishes, their payloads unchanged, and acks. Throws `INVALID_FRAME`. */
export function readOperations(values: ObjectValues): readonly (PublishFrame | AckFrame)[] {
  const rule = `must be an array of 1 to ${MAX_OPERATIONS} objects`;
  if (!values.has(F.operations)) refuse(F.operations, rule);
  const { bytes } = values;
  const end = values.end(F.operations);
  let at = values.start(F.operations);
  if (bytes[at] !== OPEN_ARRAY) refuse(F.operations, rule);
  const operations: (PublishFrame | AckFrame)[] = [];
  const scanner = new JsonScanner(CLIENT_FIELDS);
  // The array is known to be valid JSON: what lies between two objects is a comma and white space.
  for (at++; at < end && bytes[at] !== CLOSE_ARRAY; at++) {
    if (isBetween(bytes[at])) continue;
    if (bytes[at] !== OPEN_OBJECT || operations.length === MAX_OPERATIONS) refuse(F.operations, rule);
    scanner.begin();
    const stop = scanner.scan(bytes, at + 1, end, at);
    const operation = new ObjectValues(scanner);
    operation.point(bytes, at);
    operations.push(readOperation(operation));
    at = stop - 1;
  }
  return operations.length === 0 ? refuse(F.operations, rule) : operations;
}

function isBetween(byte: number): boolean {
  return byte === COMMA || byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function readOperation(values: ObjectValues): PublishFrame | AckFrame {
  const action = values.value(F.action);
  if (action === 'ack') return { action, ...settlement(values) };
  if (action !== 'publish') return refuse(F.operations, 'must have the action publish or ack each');
  return presentFields<PublishFrame>({
    action,
    topic: topicName(values),
    message: payload(values),
    messageId: optionalName(values, F.messageId),
    ...readPublishOptions(values),
  });
}

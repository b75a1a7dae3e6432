import { JsonFields } from './json-fields';

/**
 * Every field that a client's frame may have. What is not here is ignored.
 *
 * The scanner keeps which of them a frame has in the bits of two integers, so the first 32 are quicker to ask for in
 * masks; there can be 64.
 */
export const CLIENT_FIELDS = new JsonFields([
  'action',
  'topic',
  'message',
  'id',
  'messageId',
  'headers',
  'key',
  'priority',
  'delay',
  'deliverAt',
  'ttl',
  'from',
  'group',
  'prefetch',
  'ackDeadline',
  'maxDeliveries',
  'backoff',
  'meta',
  'subscription',
  'sequence',
  'sequences',
  'reason',
  'operations',
  'timeout',
  'correlationId',
  'error',
  'more',
  'token',
  'user',
  'password',
  'jwt',
  'text',
  'encoding',
  'contentType',
]);

/** Index of each field. */
export const F = CLIENT_FIELDS.of;

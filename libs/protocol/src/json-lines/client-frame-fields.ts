import { JsonFields } from './json-fields';

/** Every field that a client's frame may have. What is not here is ignored. */
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
]);

/** Index of each field. */
export const F = CLIENT_FIELDS.of;

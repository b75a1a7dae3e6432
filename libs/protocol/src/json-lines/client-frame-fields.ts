import { JsonFields } from './json-fields';

/**
 * Every field that a client's frame may have. What is not here is ignored.
 *
 * These are as many as there can be, 32: the scanner keeps which of them a frame has in the bits of one integer. For one
 * more, put it into a field that is an object (as `min` and `max` are in `backoff`), or else give `JsonScanner` a second
 * integer, for those from 32 on, and teach it to `FramePrefix`, `ObjectValues.has` and the masks of the decoders.
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
]);

/** Index of each field. */
export const F = CLIENT_FIELDS.of;

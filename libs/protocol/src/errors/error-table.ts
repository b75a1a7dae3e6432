/**
 * Every error of Pochta. The wire carries the code; `text` is the default message, fixed where clients match it.
 * `retriable`: the same call may succeed later, unchanged.
 */
export const ERROR_TABLE = {
  // Frames
  INVALID_JSON: { retriable: false, text: 'Invalid JSON' },
  INVALID_FRAME: { retriable: false, text: 'Invalid frame' },
  UNKNOWN_ACTION: { retriable: false, text: 'Unknown action' },
  FRAME_TOO_LARGE: { retriable: false, text: 'Frame too large' },
  FRAME_TIMEOUT: { retriable: true, text: 'Frame not completed in time' },
  UNKNOWN_CODEC: { retriable: false, text: 'Unknown codec' },
  // Topics and subscriptions
  TOPIC_FULL: { retriable: true, text: 'Queue full' },
  TOPIC_UNKNOWN: { retriable: false, text: 'Unknown topic' },
  VALIDATION_FAILED: { retriable: false, text: 'Validation failed' },
  HANDLER_FAILED: { retriable: true, text: 'The topic handler failed' },
  ALREADY_SUBSCRIBED: { retriable: false, text: 'Already subscribed' },
  NOT_SUBSCRIBED: { retriable: false, text: 'Not subscribed' },
  TOO_MANY_SUBSCRIPTIONS: { retriable: true, text: 'Too many subscriptions on this connection' },
  TOO_MANY_TOPICS: { retriable: true, text: 'Too many topics' },
  TOPIC_EXISTS: { retriable: false, text: 'The topic exists with another policy' },
  DELAY_OUT_OF_RANGE: { retriable: false, text: 'The time is too far away' },
  NOT_SUPPORTED: { retriable: false, text: 'Not supported' },
  // Consumer groups
  GROUP_UNKNOWN: { retriable: false, text: 'Unknown group' },
  GROUP_MISMATCH: { retriable: false, text: 'The group exists with another configuration' },
  TOO_MANY_GROUPS: { retriable: true, text: 'Too many groups of this topic' },
  NOT_IN_FLIGHT: { retriable: false, text: 'Not in flight to this subscription' },
  // Requests
  NO_RESPONDERS: { retriable: true, text: 'No responders' },
  REQUEST_TIMEOUT: { retriable: true, text: 'Request timed out' },
  REQUEST_CANCELLED: { retriable: false, text: 'Request cancelled' },
  REQUEST_FAILED: { retriable: false, text: 'The responder failed' },
  UNKNOWN_REQUEST: { retriable: false, text: 'Unknown request' },
  TOO_MANY_REQUESTS: { retriable: true, text: 'Too many requests in flight' },
  // Permission
  UNAUTHENTICATED: { retriable: false, text: 'Not authenticated' },
  FORBIDDEN: { retriable: false, text: 'Not allowed' },
  // Storage
  STORAGE_FULL: { retriable: true, text: 'No space left for messages' },
  STORAGE_FAILED: { retriable: true, text: 'The storage engine failed' },
  ENGINE_UNAVAILABLE: { retriable: true, text: 'The storage engine is not available' },
  DATA_DIR_IN_USE: { retriable: false, text: 'The data folder is in use by another broker' },
  DATA_DIR_UNUSABLE: { retriable: false, text: 'The data folder cannot be used' },
  DATA_VERSION_UNSUPPORTED: { retriable: false, text: 'The data folder was written by a newer version' },
  // Broker
  INVALID_CONFIG: { retriable: false, text: 'Invalid configuration' },
  ADDRESS_UNAVAILABLE: { retriable: false, text: 'The address cannot be listened on' },
  SHUTTING_DOWN: { retriable: true, text: 'The broker is shutting down' },
  TOO_MANY_CONNECTIONS: { retriable: true, text: 'Too many connections' },
  UNKNOWN_CONNECTION: { retriable: false, text: 'Unknown connection' },
  INTERNAL: { retriable: false, text: 'Internal error' },
  // Client
  CONNECTION_FAILED: { retriable: true, text: 'The broker cannot be reached' },
  CONNECTION_CLOSED: { retriable: false, text: 'The connection is closed' },
  OUTCOME_UNKNOWN: { retriable: false, text: 'Whether it was done cannot be known' },
  BUFFER_FULL: { retriable: true, text: 'Too many unconfirmed publishes' },
  ABORTED: { retriable: false, text: 'Aborted' },
} as const satisfies Record<string, { retriable: boolean; text: string }>;

export type ErrorCode = keyof typeof ERROR_TABLE;

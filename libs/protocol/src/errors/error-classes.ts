/** One class for each row of the error table, so that `instanceof` works as well as `code`. */
import { ERROR_TABLE, type ErrorCode } from './error-table';
import { PochtaError, type PochtaErrorOptions } from './pochta-error';

// Frames
export class InvalidJsonError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('INVALID_JSON', message, options);
  }
}
export class InvalidFrameError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('INVALID_FRAME', message, options);
  }
}
export class UnknownActionError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('UNKNOWN_ACTION', message, options);
  }
}
export class FrameTooLargeError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('FRAME_TOO_LARGE', message, options);
  }
}
export class FrameTimeoutError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('FRAME_TIMEOUT', message, options);
  }
}
export class UnknownCodecError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('UNKNOWN_CODEC', message, options);
  }
}
// Topics and subscriptions
export class TopicFullError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOPIC_FULL', message, options);
  }
}
export class TopicUnknownError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOPIC_UNKNOWN', message, options);
  }
}
export class ValidationFailedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('VALIDATION_FAILED', message, options);
  }
}
export class HandlerFailedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('HANDLER_FAILED', message, options);
  }
}
export class AlreadySubscribedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('ALREADY_SUBSCRIBED', message, options);
  }
}
export class NotSubscribedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('NOT_SUBSCRIBED', message, options);
  }
}
export class TooManySubscriptionsError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOO_MANY_SUBSCRIPTIONS', message, options);
  }
}
export class TooManyTopicsError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOO_MANY_TOPICS', message, options);
  }
}
export class NotSupportedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('NOT_SUPPORTED', message, options);
  }
}
// Requests
export class NoRespondersError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('NO_RESPONDERS', message, options);
  }
}
export class RequestTimeoutError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('REQUEST_TIMEOUT', message, options);
  }
}
export class RequestCancelledError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('REQUEST_CANCELLED', message, options);
  }
}
export class RequestFailedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('REQUEST_FAILED', message, options);
  }
}
export class UnknownRequestError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('UNKNOWN_REQUEST', message, options);
  }
}
export class TooManyRequestsError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOO_MANY_REQUESTS', message, options);
  }
}
// Permission
export class UnauthenticatedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('UNAUTHENTICATED', message, options);
  }
}
export class ForbiddenError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('FORBIDDEN', message, options);
  }
}
// Storage
export class StorageFullError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('STORAGE_FULL', message, options);
  }
}
export class StorageFailedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('STORAGE_FAILED', message, options);
  }
}
export class EngineUnavailableError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('ENGINE_UNAVAILABLE', message, options);
  }
}
export class DataDirInUseError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('DATA_DIR_IN_USE', message, options);
  }
}
export class DataDirUnusableError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('DATA_DIR_UNUSABLE', message, options);
  }
}
export class DataVersionUnsupportedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('DATA_VERSION_UNSUPPORTED', message, options);
  }
}
// Broker
export class InvalidConfigError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('INVALID_CONFIG', message, options);
  }
}
export class AddressUnavailableError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('ADDRESS_UNAVAILABLE', message, options);
  }
}
export class ShuttingDownError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('SHUTTING_DOWN', message, options);
  }
}
export class TooManyConnectionsError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOO_MANY_CONNECTIONS', message, options);
  }
}
export class InternalError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('INTERNAL', message, options);
  }
}
// Client
export class ConnectionFailedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('CONNECTION_FAILED', message, options);
  }
}
export class ConnectionClosedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('CONNECTION_CLOSED', message, options);
  }
}
export class OutcomeUnknownError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('OUTCOME_UNKNOWN', message, options);
  }
}
export class BufferFullError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('BUFFER_FULL', message, options);
  }
}
export class AbortedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('ABORTED', message, options);
  }
}

/** The class of each code. */
export const ERROR_CLASSES = {
  INVALID_JSON: InvalidJsonError,
  INVALID_FRAME: InvalidFrameError,
  UNKNOWN_ACTION: UnknownActionError,
  FRAME_TOO_LARGE: FrameTooLargeError,
  FRAME_TIMEOUT: FrameTimeoutError,
  UNKNOWN_CODEC: UnknownCodecError,
  TOPIC_FULL: TopicFullError,
  TOPIC_UNKNOWN: TopicUnknownError,
  VALIDATION_FAILED: ValidationFailedError,
  HANDLER_FAILED: HandlerFailedError,
  ALREADY_SUBSCRIBED: AlreadySubscribedError,
  NOT_SUBSCRIBED: NotSubscribedError,
  TOO_MANY_SUBSCRIPTIONS: TooManySubscriptionsError,
  TOO_MANY_TOPICS: TooManyTopicsError,
  NOT_SUPPORTED: NotSupportedError,
  NO_RESPONDERS: NoRespondersError,
  REQUEST_TIMEOUT: RequestTimeoutError,
  REQUEST_CANCELLED: RequestCancelledError,
  REQUEST_FAILED: RequestFailedError,
  UNKNOWN_REQUEST: UnknownRequestError,
  TOO_MANY_REQUESTS: TooManyRequestsError,
  UNAUTHENTICATED: UnauthenticatedError,
  FORBIDDEN: ForbiddenError,
  STORAGE_FULL: StorageFullError,
  STORAGE_FAILED: StorageFailedError,
  ENGINE_UNAVAILABLE: EngineUnavailableError,
  DATA_DIR_IN_USE: DataDirInUseError,
  DATA_DIR_UNUSABLE: DataDirUnusableError,
  DATA_VERSION_UNSUPPORTED: DataVersionUnsupportedError,
  INVALID_CONFIG: InvalidConfigError,
  ADDRESS_UNAVAILABLE: AddressUnavailableError,
  SHUTTING_DOWN: ShuttingDownError,
  TOO_MANY_CONNECTIONS: TooManyConnectionsError,
  INTERNAL: InternalError,
  CONNECTION_FAILED: ConnectionFailedError,
  CONNECTION_CLOSED: ConnectionClosedError,
  OUTCOME_UNKNOWN: OutcomeUnknownError,
  BUFFER_FULL: BufferFullError,
  ABORTED: AbortedError,
} as const satisfies Record<ErrorCode, new (message?: string, options?: PochtaErrorOptions) => PochtaError>;

/** An error of the class that belongs to the code. The message is the table's text unless one is given. */
export function errorFor(code: ErrorCode, message?: string, options?: PochtaErrorOptions): PochtaError {
  return new ERROR_CLASSES[code](message, options);
}

/** Whether a code that came over the wire is one of this version's. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

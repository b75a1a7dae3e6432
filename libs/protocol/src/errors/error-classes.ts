/** One class for each row of the error table, so that `instanceof` works as well as `code`. */
import * as broker from './broker-errors';
import { ERROR_TABLE, type ErrorCode } from './error-table';
import * as frames from './frame-errors';
import type { PochtaError, PochtaErrorOptions } from './pochta-error';

export * from './broker-errors';
export * from './frame-errors';

/** The class of each code. */
export const ERROR_CLASSES = {
  INVALID_JSON: frames.InvalidJsonError,
  INVALID_FRAME: frames.InvalidFrameError,
  UNKNOWN_ACTION: frames.UnknownActionError,
  FRAME_TOO_LARGE: frames.FrameTooLargeError,
  FRAME_TIMEOUT: frames.FrameTimeoutError,
  UNKNOWN_CODEC: frames.UnknownCodecError,
  TOPIC_FULL: frames.TopicFullError,
  TOPIC_UNKNOWN: frames.TopicUnknownError,
  VALIDATION_FAILED: frames.ValidationFailedError,
  HANDLER_FAILED: frames.HandlerFailedError,
  ALREADY_SUBSCRIBED: frames.AlreadySubscribedError,
  NOT_SUBSCRIBED: frames.NotSubscribedError,
  TOO_MANY_SUBSCRIPTIONS: frames.TooManySubscriptionsError,
  TOO_MANY_TOPICS: frames.TooManyTopicsError,
  TOPIC_EXISTS: frames.TopicExistsError,
  DELAY_OUT_OF_RANGE: frames.DelayOutOfRangeError,
  NOT_SUPPORTED: frames.NotSupportedError,
  GROUP_UNKNOWN: frames.GroupUnknownError,
  GROUP_MISMATCH: frames.GroupMismatchError,
  TOO_MANY_GROUPS: frames.TooManyGroupsError,
  NOT_IN_FLIGHT: frames.NotInFlightError,
  NO_RESPONDERS: frames.NoRespondersError,
  REQUEST_TIMEOUT: frames.RequestTimeoutError,
  REQUEST_CANCELLED: frames.RequestCancelledError,
  REQUEST_FAILED: frames.RequestFailedError,
  UNKNOWN_REQUEST: frames.UnknownRequestError,
  TOO_MANY_REQUESTS: frames.TooManyRequestsError,
  UNAUTHENTICATED: frames.UnauthenticatedError,
  FORBIDDEN: frames.ForbiddenError,
  STORAGE_FULL: broker.StorageFullError,
  STORAGE_FAILED: broker.StorageFailedError,
  ENGINE_UNAVAILABLE: broker.EngineUnavailableError,
  DATA_DIR_IN_USE: broker.DataDirInUseError,
  DATA_DIR_UNUSABLE: broker.DataDirUnusableError,
  DATA_VERSION_UNSUPPORTED: broker.DataVersionUnsupportedError,
  INVALID_CONFIG: broker.InvalidConfigError,
  ADDRESS_UNAVAILABLE: broker.AddressUnavailableError,
  SHUTTING_DOWN: broker.ShuttingDownError,
  TOO_MANY_CONNECTIONS: broker.TooManyConnectionsError,
  UNKNOWN_CONNECTION: broker.UnknownConnectionError,
  INTERNAL: broker.InternalError,
  CONNECTION_FAILED: broker.ConnectionFailedError,
  CONNECTION_CLOSED: broker.ConnectionClosedError,
  OUTCOME_UNKNOWN: broker.OutcomeUnknownError,
  BUFFER_FULL: broker.BufferFullError,
  ABORTED: broker.AbortedError,
} as const satisfies Record<ErrorCode, new (message?: string, options?: PochtaErrorOptions) => PochtaError>;

/**
 * An error of the class that belongs to the code. The message is the table's text unless one is given. Its stack begins at
 * the caller, whose line is what Node.js shows when nobody catches it.
 */
export function errorFor(code: ErrorCode, message?: string, options?: PochtaErrorOptions): PochtaError {
  const error = new ERROR_CLASSES[code](message, options);
  Error.captureStackTrace(error, errorFor);
  return error;
}

/** Whether a code that came over the wire is one of this version's. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

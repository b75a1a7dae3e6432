/** Errors that answer frames: one class for each code. */
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
export class TopicExistsError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOPIC_EXISTS', message, options);
  }
}
export class DelayOutOfRangeError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('DELAY_OUT_OF_RANGE', message, options);
  }
}
export class NotSupportedError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('NOT_SUPPORTED', message, options);
  }
}
// Consumer groups
export class GroupUnknownError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('GROUP_UNKNOWN', message, options);
  }
}
export class GroupMismatchError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('GROUP_MISMATCH', message, options);
  }
}
export class TooManyGroupsError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('TOO_MANY_GROUPS', message, options);
  }
}
export class NotInFlightError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('NOT_IN_FLIGHT', message, options);
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

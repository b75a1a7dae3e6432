/** Errors of storage, the broker itself and the client: one class for each code. */
import { PochtaError, type PochtaErrorOptions } from './pochta-error';

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
export class UnknownConnectionError extends PochtaError {
  constructor(message?: string, options?: PochtaErrorOptions) {
    super('UNKNOWN_CONNECTION', message, options);
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

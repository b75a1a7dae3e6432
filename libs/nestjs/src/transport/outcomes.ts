import { RpcException } from '@nestjs/microservices';

/**
 * Thrown by an event handler: the message failed, and comes again after `delay` ms instead of the group's backoff; or
 * becomes a dead letter when it has been delivered `maxDeliveries` times. Expected, so it is logged as a warning.
 *
 * It is an `RpcException` so that it passes Nest's exception filters as it is.
 */
export class PochtaRetry extends RpcException {
  constructor(
    /** ms, 0 to 2,147,483,647; what is above is taken for that. Left out: the group's backoff. */
    readonly delay?: number,
    reason = 'retry',
    override readonly cause?: unknown,
  ) {
    super(reason);
  }

  override getError(): object {
    return this;
  }
}

/**
 * Thrown by an event handler: the message can never be handled, and becomes a dead letter at once. On a dead-letter topic,
 * which has none of its own, the group is done with it.
 */
export class PochtaTerminate extends RpcException {
  constructor(
    /** Told among the dead letter's headers; at most 255 characters of it. */
    readonly reason = 'terminated',
    override readonly cause?: unknown,
  ) {
    super(reason);
  }

  override getError(): object {
    return this;
  }
}

/** Thrown by Pochta's own check of a payload: it does not fit. */
export class PayloadRefusal extends PochtaTerminate {}

import type { ReceivedMessage } from '../received-message';

/** A verb that settles a delivery, or, `touch`, puts its ack deadline off. */
export type SettleVerb = 'ack' | 'nack' | 'terminate' | 'touch';

/**
 * A message as a member of a consumer group gets it. It has to be settled, once, within the group's ack deadline;
 * otherwise it comes again. The four verbs resolve once the broker has done it, durably but for `touch`, and reject with
 *
 * - `NOT_IN_FLIGHT`: nothing was done, and the message comes again, or has already. It is settled, or in a transaction;
 *   its ack deadline has passed; or the connection that it came on was lost, which is known without asking. Nobody has to
 *   listen: with this code alone, a promise that nobody awaits is no unhandled rejection.
 * - `OUTCOME_UNKNOWN`, `REQUEST_TIMEOUT`: there was no answer. If it was not done, the message comes again.
 * - anything else: nothing was done, and it can be tried again.
 */
export interface Delivery<T = unknown> extends ReceivedMessage<T> {
  readonly group: string;
  /** How often the message has been delivered in the group, this time included. */
  readonly deliveryCount: number;
  /** Whether it is neither settled nor out of its member's hands, as far as the client knows. */
  readonly open: boolean;
  /** Done: the group is not given the message again. */
  ack(): Promise<void>;
  /**
   * Failed: the message comes again after `delay` ms, by default after the group's backoff, or becomes a dead letter when
   * it has been delivered `maxDeliveries` times.
   */
  nack(delay?: number): Promise<void>;
  /** Can never be handled: becomes a dead letter at once. `reason`, up to 255 characters, is told there. */
  terminate(reason?: string): Promise<void>;
  /** Still being handled: its ack deadline begins anew. */
  touch(): Promise<void>;
}

/**
 * Thrown by a group's `onMessage`: the message can never be handled, and becomes a dead letter at once instead of coming
 * again. The error's message, up to 255 characters, is told there as the reason.
 */
export class TerminateError extends Error {
  constructor(reason?: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'TerminateError';
  }
}

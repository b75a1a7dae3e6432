import type { BackoffOptions, FilterStartPosition, StartPosition } from '@pochta/protocol';

/**
 * How an event handler consumes its topic: given to `@Subscribe`, or as the extras of `@EventPattern(pattern, extras)`.
 * What is left out is as the strategy's options say.
 */
export interface SubscribeOptions {
  /**
   * The consumer group, whose members, here and in other processes, share the messages: each goes to one of them, and is
   * kept for the group while none is there. Usually the service's name.
   */
  readonly group?: string;
  /**
   * Every process gets every message instead, from `from` on: no group, no acks, no redelivery; what fails is logged and
   * counted. `from` is `new` by default then. Not together with what is for groups.
   */
  readonly broadcast?: boolean;
  /** Where a new group begins; default `earliest`. */
  readonly from?: StartPosition | FilterStartPosition;
  /** Most deliveries that are unsettled here; default 100. */
  readonly prefetch?: number;
  /**
   * Handlers that run at a time; default `prefetch`, or 1 for a broadcast and for batches. With 1, messages are handled in
   * their order.
   */
  readonly concurrency?: number;
  /** Deliveries after which a message that fails again becomes a dead letter; default the topic's policy, 5. */
  readonly maxDeliveries?: number;
  /** Default the topic's policy, 1 s doubling to 60 s. */
  readonly backoff?: BackoffOptions;
  /** ms without a sign of life after which a delivery comes again; default the topic's policy, 30,000. */
  readonly ackDeadline?: number;
  /**
   * The handler settles each message itself, by its `PochtaContext`, and touches it if it takes longer than the ack deadline;
   * default false. When it throws before that, the message is nacked.
   */
  readonly manualAck?: boolean;
  /** The handler is given several messages at a time, as an array of payloads; see `PochtaBatchContext`. */
  readonly batch?: BatchOptions;
}

/** When a batch is handed to the handler: as soon as it is full, or has waited. */
export interface BatchOptions {
  /** Most messages of a batch, 1 to 65,535. */
  readonly size: number;
  /** ms that a batch waits to be full, from its first message on; default 50. */
  readonly wait?: number;
}

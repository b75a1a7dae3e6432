import type { Settlement } from './subscriptions/groups/settlement';

/** Consecutive messages that were handed to a member's connection together. */
export interface Delivered {
  readonly topic: string;
  readonly group: string;
  readonly firstSequence: number;
  readonly count: number;
  /** Attempts so far, this one included. */
  readonly deliveryCount: number;
}

/** Hears what becomes of the messages of consumer groups, of all connections: for test kits. Must not throw. */
export interface DeliveryObserver {
  onDelivered(delivered: Delivered): void;
  /** A member settled them, durably. An ack within a transaction is told as an ack. */
  onSettled(settlement: Settlement): void;
}

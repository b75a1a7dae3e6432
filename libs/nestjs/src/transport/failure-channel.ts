import { channel } from 'node:diagnostics_channel';

/** A delivery on which a handler failed, and why. */
export interface FailedDelivery {
  readonly topic: string;
  readonly group: string;
  readonly sequence: number;
  readonly reason: string;
}

const FAILURES = channel('pochta.handler.failed');

/** Tells whoever listens in this process; costs nothing when nobody does. */
export function publishFailure(topic: string, group: string, sequence: number, reason: string): void {
  if (FAILURES.hasSubscribers) FAILURES.publish({ topic, group, sequence, reason } satisfies FailedDelivery);
}

/** Listens to what handlers in this process fail on. Returns what ends it. */
export function onFailure(listener: (failed: FailedDelivery) => void): () => void {
  const heard = (message: unknown): void => listener(message as FailedDelivery);
  FAILURES.subscribe(heard);
  return () => void FAILURES.unsubscribe(heard);
}

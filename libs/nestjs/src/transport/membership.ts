import type { Logger } from '@nestjs/common';
import type { Client, Delivery, Gap, GroupSubscription, Subscription } from '@pochta/client';
import type { SubscribeOptions } from './subscribe-options';

export interface MemberOptions {
  readonly onMessage: (delivery: Delivery) => Promise<void>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Becomes a member of the handler's group. Rejects with what `Client.subscribe` rejects with. */
export function subscribeAsMember(
  client: Client,
  pattern: string,
  options: SubscribeOptions,
  { onMessage, logger, signal }: MemberOptions,
): Promise<GroupSubscription> {
  const { group, from, prefetch, concurrency, maxDeliveries, backoff, ackDeadline, manualAck } = options;
  return client.subscribe(pattern, {
    group: group!,
    from,
    prefetch,
    concurrency,
    maxDeliveries,
    backoff,
    ackDeadline,
    manualAck,
    onMessage,
    onGap: (gap) => reportGap(logger, pattern, gap),
    signal,
  });
}

export function reportGap(logger: Logger, pattern: string, { topic, from, to, reason }: Gap): void {
  // What a compacted topic replaced is not missed: that is what it is for.
  if (reason !== 'compacted')
    logger.warn(`The handler of ${pattern} missed ${topic} ${from} to ${to}: ${reason}`);
}

/** Calls back when a subscription ends that nobody has ended. */
export function watchSubscription(
  subscription: GroupSubscription | Subscription,
  onLost: (error: Error) => void,
): void {
  void subscription.closed.then((error) => {
    if (error !== undefined) onLost(error);
  });
}

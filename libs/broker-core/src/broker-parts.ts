import type { Clock, MessageStore } from '@pochta/storage-contract';
import type { Acceptor } from './acceptor';
import type { DeliveryObserver } from './delivery-observer';
import type { BrokerLimits } from './limits';
import type { RequestRouter } from './requests/request-router';
import type { FilterSubscription } from './subscriptions/filter-subscription';
import type { GroupDirectory } from './subscriptions/groups/group-directory';
import type { InFlightTotal } from './subscriptions/groups/in-flight-total';
import type { PositionBudget } from './subscriptions/position-budget';
import type { FilterTrie } from './topics/filter-trie';
import type { TopicDirectory } from './topics/topic-directory';

/** What the broker shares with its connections. */
export interface BrokerParts {
  readonly store: MessageStore;
  /** What deadlines, and times of messages, go by. */
  readonly clock: Clock;
  readonly topics: TopicDirectory;
  readonly filters: FilterTrie<FilterSubscription>;
  readonly positions: PositionBudget;
  readonly groups: GroupDirectory;
  readonly inFlight: InFlightTotal;
  readonly acceptors: ReadonlyMap<string, Acceptor>;
  readonly requests: RequestRouter;
  readonly limits: BrokerLimits;
  readonly observer: DeliveryObserver | undefined;
  /** Nothing new is taken in. */
  readonly closing: boolean;
  /** Nor is what a connection makes of messages that are in flight to it. */
  readonly drained: boolean;
  /** Runs work that `drain` waits for. */
  underWay<T>(work: () => Promise<T>): Promise<T>;
}

import type { PochtaConnectionOptions } from '../connections/connection-options';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { SubscribeOptions } from './subscribe-options';

/** What handlers that do not say otherwise take from the strategy. */
type HandlerDefaults = Pick<
  SubscribeOptions,
  'group' | 'prefetch' | 'concurrency' | 'maxDeliveries' | 'backoff' | 'ackDeadline' | 'from'
>;

/** What a strategy does, whosever its connection is. */
export interface StrategyOptions extends HandlerDefaults {
  /**
   * Topics or filters that the service is to take in as a whole, in its `group`: each message goes to the handler of that
   * group whose pattern says most of its topic, and one that no handler's pattern matches becomes a dead letter.
   * Default: what the handlers' patterns say.
   */
  readonly topics?: readonly string[];
  /** Which handlers are bound to this strategy, beside those that are bound to none; default `POCHTA`. */
  readonly transportId?: symbol;
  /**
   * Whether `listen` waits until a broker answers for the first time; otherwise it fails with `CONNECTION_FAILED`.
   * Default true.
   */
  readonly waitForFirstConnection?: boolean;
  /** ms that a close waits for running handlers; default the connection's, 30,000. */
  readonly drainTimeout?: number;
}

/** A connection that others use too, and that outlives the strategy. */
interface OnSharedConnection extends StrategyOptions {
  readonly connection: PochtaConnection;
}

/** A connection of its own, by its options. */
interface OnOwnConnection extends StrategyOptions, PochtaConnectionOptions {
  readonly connection?: undefined;
  readonly drainTimeout?: number;
}

/**
 * Options of `PochtaServer`: the strategy's own, defaults of its handlers, and either the connection's or a `connection`
 * that is there already.
 */
export type PochtaServerOptions = OnSharedConnection | OnOwnConnection;

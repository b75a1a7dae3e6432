import type { PochtaConnectionOptions } from '../connections/connection-options';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { SubscribeOptions } from './subscribe-options';

/** What handlers that do not say otherwise take from the strategy. */
type HandlerDefaults = Pick<
  SubscribeOptions,
  'group' | 'prefetch' | 'concurrency' | 'maxDeliveries' | 'backoff' | 'ackDeadline' | 'from'
>;

/** Options of `PochtaServer`: the connection's, defaults of its handlers, and the strategy's own. */
export interface PochtaServerOptions extends PochtaConnectionOptions, HandlerDefaults {
  /** A connection that others use too, and that outlives the strategy. Default: one of its own, by the options. */
  readonly connection?: PochtaConnection;
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
}

/** The options that are the connection's. */
export function connectionOptions(options: PochtaServerOptions): PochtaConnectionOptions {
  const {
    connection: _connection,
    topics: _topics,
    transportId: _transportId,
    waitForFirstConnection: _wait,
    group: _group,
    prefetch: _prefetch,
    concurrency: _concurrency,
    maxDeliveries: _maxDeliveries,
    backoff: _backoff,
    ackDeadline: _ackDeadline,
    from: _from,
    ...rest
  } = options;
  return rest;
}

import type { PochtaBrokerOptions } from '@pochta/nestjs/broker';
import type { Log } from '@pochta/server';
import type { Logger } from 'pino';
import type { BrokerConfig } from './config/broker-config';
import { OFF } from './config/setting.decorators';

/** The configuration as the strategy's options. */
export function strategyOptions(config: BrokerConfig, logger: Logger): PochtaBrokerOptions {
  const { limits } = config;
  return {
    host: config.host,
    port: config.port,
    ...(config.simplePort !== OFF && { simplePort: config.simplePort }),
    compression: config.compression,
    engine: config.engine,
    dataDir: config.dataDir,
    defaults: config.defaults,
    topics: config.topics,
    autoCreate: config.autoCreate,
    allowAnonymous: config.allowAnonymous,
    // Each takes its own out of the limits.
    wireLimits: limits,
    brokerLimits: limits,
    maxConnections: limits.maxConnections,
    drainTimeout: limits.drainTimeout,
    stopTimeout: limits.stopTimeout,
    handlerTimeout: limits.handlerTimeout,
    maxInFlightEvents: limits.maxInFlightEvents,
    log: serverLog(logger),
  };
}

/** The app itself says, in one line, that the broker has started or stopped. */
function serverLog(logger: Logger): Log {
  return {
    debug: (facts, text) => logger.debug(facts, text),
    info: (facts, text) => logger.debug(facts, text),
    warn: (facts, text) => logger.warn(facts, text),
    error: (facts, text) => logger.error(facts, text),
  };
}

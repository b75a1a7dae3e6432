import { DEFAULT_BROKER_LIMITS } from '@pochta/broker-core';
import { DEFAULT_HANDLER_LIMITS } from '@pochta/nestjs/broker';
import { COMPRESSIONS, DEFAULT_LIMITS, type CompressionName, type TopicPolicy } from '@pochta/protocol';
import { DEFAULT_SERVER_LIMITS } from '@pochta/server';
import { Mapping, OFF, OneOf, Port, PortOrOff, Text, TrueOrFalse, WholeNumber } from './setting.decorators';

const MAX_MS = 2_147_483_647;
const MAX_BYTES = 1024 * 1024 * 1024;
const MAX_COUNT = 1_000_000_000;

/** Limits, under `limits:` in the file. The defaults are those of the rooms that keep them. */
export class LimitsConfig {
  @WholeNumber(1024, MAX_BYTES) maxFrameBytes = DEFAULT_LIMITS.maxFrameBytes;
  @WholeNumber(2, 1000) maxDepth = DEFAULT_LIMITS.maxDepth;
  @WholeNumber(1, MAX_MS) frameTimeout = DEFAULT_LIMITS.frameTimeout;
  @WholeNumber(1024, MAX_BYTES) maxBacklogBytes = DEFAULT_LIMITS.maxBacklogBytes;
  @WholeNumber(1, MAX_COUNT) maxConnections = DEFAULT_SERVER_LIMITS.maxConnections;
  @WholeNumber(0, MAX_MS) drainTimeout = DEFAULT_SERVER_LIMITS.drainTimeout;
  @WholeNumber(0, MAX_MS) stopTimeout = DEFAULT_SERVER_LIMITS.stopTimeout;
  @WholeNumber(1, MAX_COUNT) maxTopics = DEFAULT_BROKER_LIMITS.maxTopics;
  @WholeNumber(1, MAX_COUNT) maxSubscriptions = DEFAULT_BROKER_LIMITS.maxSubscriptions;
  @WholeNumber(1, MAX_COUNT) maxPositions = DEFAULT_BROKER_LIMITS.maxPositions;
  @WholeNumber(0, MAX_BYTES) maxHeadBytes = DEFAULT_BROKER_LIMITS.maxHeadBytes;
  @WholeNumber(1, MAX_COUNT) maxResponders = DEFAULT_BROKER_LIMITS.maxResponders;
  @WholeNumber(1, MAX_COUNT) maxRequests = DEFAULT_BROKER_LIMITS.maxRequests;
  @WholeNumber(1, MAX_MS) requestTimeout = DEFAULT_BROKER_LIMITS.requestTimeout;
  @WholeNumber(1, MAX_MS) handlerTimeout = DEFAULT_HANDLER_LIMITS.handlerTimeout;
  @WholeNumber(1, MAX_COUNT) maxInFlightEvents = DEFAULT_HANDLER_LIMITS.maxInFlightEvents;
}

/**
 * Everything that can be configured. The property is the key in the file; in the environment it is `POCHTA_` and the key
 * in capitals (`dataDir` is `POCHTA_DATA_DIR`, `limits.maxDepth` is `POCHTA_MAX_DEPTH`). `docs/configuration.md` says
 * what each one means, and a test holds it against this class.
 */
export class BrokerConfig {
  @Text() host = 'localhost';
  @Port() port = 8888;
  @PortOrOff() simplePort: number | typeof OFF = OFF;
  @PortOrOff() httpPort: number | typeof OFF = 8889;
  @OneOf('lmdb', 'memory') engine: 'lmdb' | 'memory' = 'lmdb';
  @Text() dataDir = './data';
  @OneOf('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace') logLevel = 'info';
  @OneOf('auto', 'pretty', 'json') logFormat: 'auto' | 'pretty' | 'json' = 'auto';
  @TrueOrFalse() allowAnonymous = false;
  @TrueOrFalse() autoCreate = true;
  @TrueOrFalse() admin = true;
  @OneOf('all', 'none', ...COMPRESSIONS.map(({ name }) => name))
  compression: 'all' | 'none' | CompressionName = 'all';
  @Mapping('limits') limits = new LimitsConfig();
  @Mapping('policy settings') defaults: Partial<TopicPolicy> = {};
  @Mapping('topics or topic filters') topics: Record<string, Partial<TopicPolicy>> = {};
}

import type { BrokerLimits, DeliveryObserver } from '@pochta/broker-core';
import type { Log } from '@pochta/listener';
import type { CompressionName, PayloadMemory, TopicPolicy, WireLimits } from '@pochta/protocol';
import type { Clock } from '@pochta/storage-contract';

export interface ServerOptions {
  /** Address to listen on; `localhost` (default) means 127.0.0.1 and ::1. */
  readonly host?: string;
  /** Port; default 8888. 0 takes a free one; `false`: none, and only this process can connect, with `openSocket`. */
  readonly port?: number | false;
  /** Port of the `simple` dialect; off unless given. */
  readonly simplePort?: number;
  /** Default `lmdb`. */
  readonly engine?: 'lmdb' | 'memory';
  /** Folder of the engine's files; default `./data`. */
  readonly dataDir?: string;
  /** Policy of topics that nobody declared. */
  readonly defaults?: Partial<TopicPolicy>;
  /** Policies by topic or topic filter, on top of `defaults`. A topic's own name goes before filters, and filters apply in their order. */
  readonly topics?: Readonly<Record<string, Partial<TopicPolicy>>>;
  /** Whether a publish or subscribe creates a topic; default true. */
  readonly autoCreate?: boolean;
  /** Default false: an address other than loopback is refused (`INVALID_CONFIG`), since nobody has to authenticate. */
  readonly allowAnonymous?: boolean;
  /**
   * Whether it answers the admin verbs, requests to topics that begin with `$pochta.`, of whoever can connect; default
   * false. They need the package class-validator.
   */
  readonly administration?: boolean;
  /**
   * What clients that speak binary frames may compress with, when they offer it: `all` that this Node.js can (default),
   * `none`, or one. Who offers something else goes on without.
   */
  readonly compression?: 'all' | 'none' | CompressionName;
  readonly wireLimits?: Partial<WireLimits>;
  readonly brokerLimits?: Partial<BrokerLimits>;
  /** Connections at a time, default 20,000. `TOO_MANY_CONNECTIONS`. */
  readonly maxConnections?: number;
  /**
   * ms that `stop` waits for members of consumer groups to settle what is in flight to them; default 3,000. It does not
   * wait when nothing is. What is not settled by then is handed back, and comes again.
   */
  readonly drainTimeout?: number;
  /** ms that `stop` waits for topic handlers to answer, and then for peers to take their last answers; default 5,000. */
  readonly stopTimeout?: number;
  /** Called once the topics are there and before peers can connect: for subscribers in this process. */
  readonly beforeListening?: () => Promise<void>;
  readonly log?: Log;
  /**
   * What delays, times to live, ack deadlines, backoffs, ages and dedupe windows go by; default: the system's. Timeouts
   * of connections, requests and `stop` go by real time.
   */
  readonly clock?: Clock;
  /** Hears what becomes of the messages of consumer groups. */
  readonly observer?: DeliveryObserver;
  /** For what connections publish; default: one that lets 8 MiB wait to be used again. */
  readonly payloadMemory?: PayloadMemory;
}

export const DEFAULT_SERVER_LIMITS: Required<
  Pick<ServerOptions, 'maxConnections' | 'drainTimeout' | 'stopTimeout'>
> = {
  maxConnections: 20_000,
  drainTimeout: 3_000,
  stopTimeout: 5_000,
};

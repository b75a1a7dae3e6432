import { amqp } from './amqp-client';
import { jetstream } from './jetstream-client';
import { nats } from './nats-client';
import type { PlainClient, PlainClientOptions } from './plain-client';
import { pochta } from './pochta-client';
import { redis } from './redis-client';
import { redisStreams } from './redis-streams-client';

/** By the name that a plan gives. */
export const PLAIN_CLIENTS = {
  '@pochta/client': pochta,
  '@nats-io/transport-node': nats,
  '@nats-io/jetstream': jetstream,
  ioredis: redis,
  'ioredis: streams': redisStreams,
  amqplib: amqp,
} satisfies Record<string, (options: PlainClientOptions) => Promise<PlainClient>>;

export type PlainClientName = keyof typeof PLAIN_CLIENTS;

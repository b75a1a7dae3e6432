import { connect as connectNats } from '@nats-io/transport-node';
import { connect as connectPochta } from '@pochta/client';
import { Redis } from 'ioredis';
import type { Stamped } from './due-time';

const HOST = '127.0.0.1';

/** A system's own Node client, used as its users do: with objects, and one call a message. */
export interface PlainClient {
  /** Resolves once the client holds it sent, or confirmed where there are confirms. */
  publish(topic: string, message: Stamped): Promise<unknown>;
  /** Resolves once it is subscribed. */
  subscribe(topic: string, take: (message: Stamped) => void): Promise<unknown>;
  close(): Promise<unknown>;
}

async function pochta(port: number): Promise<PlainClient> {
  const client = await connectPochta({ host: HOST, port });
  return {
    publish: (topic, message) => client.publish(topic, message),
    subscribe: (topic, take) =>
      client.subscribe<Stamped>(topic, { from: 'new', onMessage: ({ value }) => take(value) }),
    close: () => client.close(),
  };
}

async function nats(port: number): Promise<PlainClient> {
  const connection = await connectNats({ servers: `${HOST}:${port}` });
  return {
    publish: (topic, message) => {
      connection.publish(topic, JSON.stringify(message));
      return Promise.resolve();
    },
    subscribe: (topic, take) => {
      connection.subscribe(topic, { callback: (_, message) => take(message.json<Stamped>()) });
      return connection.flush();
    },
    close: () => connection.drain(),
  };
}

async function redis(port: number): Promise<PlainClient> {
  const client = new Redis(port, HOST, { lazyConnect: true });
  await client.connect();
  return {
    publish: (topic, message) => client.publish(topic, JSON.stringify(message)),
    subscribe: (topic, take) => {
      client.on('message', (_, text) => take(JSON.parse(text) as Stamped));
      return client.subscribe(topic);
    },
    close: () => client.quit(),
  };
}

/** By the name that a plan gives. */
export const PLAIN_CLIENTS = {
  '@pochta/client': pochta,
  '@nats-io/transport-node': nats,
  ioredis: redis,
} satisfies Record<string, (port: number) => Promise<PlainClient>>;

export type PlainClientName = keyof typeof PLAIN_CLIENTS;

import { type INestMicroservice, type LoggerService, Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { PochtaServer } from '@pochta/server';
import { FakePeer } from '@pochta/testing';
import { type PochtaBrokerOptions, PochtaBrokerStrategy } from '../broker';

/** A line that Nest logged. */
export interface Logged {
  readonly level: 'log' | 'error' | 'warn';
  readonly message: unknown;
  readonly context: unknown;
}

/** A broker app as somebody else might write it, in the test's own process, and a peer that is connected to it. */
export interface OwnBroker {
  readonly app: INestMicroservice;
  readonly strategy: PochtaBrokerStrategy;
  readonly server: PochtaServer;
  readonly peer: FakePeer;
  /** What was logged since the broker started. */
  readonly logged: readonly Logged[];
  connect(): Promise<FakePeer>;
}

const running: INestMicroservice[] = [];
const peers: FakePeer[] = [];

/** Starts an app with these controllers, in memory and on a free port. Rejects with what `listen` rejects with. */
export async function startOwnBroker(
  controllers: Type[],
  options: PochtaBrokerOptions = {},
  providers: Provider[] = [],
): Promise<OwnBroker> {
  @Module({ controllers, providers })
  class OwnModule {}

  const logged: Logged[] = [];
  const strategy = new PochtaBrokerStrategy({ engine: 'memory', port: 0, ...options });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(OwnModule, {
    strategy,
    logger: collector(logged),
    abortOnError: false,
  });
  running.push(app);
  await app.listen();
  logged.length = 0;
  const server = strategy.unwrap<PochtaServer>();
  const connect = async (): Promise<FakePeer> => {
    const peer = await FakePeer.connect({ port: server.addresses[0].port });
    peers.push(peer);
    return peer;
  };
  return { app, strategy, server, peer: await connect(), logged, connect };
}

/** Stops every app that is still running: call it in `afterEach`. */
export async function stopOwnBrokers(): Promise<void> {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  await Promise.all(running.splice(0).map((app) => app.close()));
}

function collector(logged: Logged[]): LoggerService {
  const write =
    (level: Logged['level']) =>
    (message: unknown, ...rest: unknown[]): void =>
      void logged.push({ level, message, context: rest.at(-1) });
  return { log: write('log'), error: write('error'), warn: write('warn') };
}

import { resolve } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { PochtaBrokerStrategy } from '@pochta/nestjs/broker';
import type { PochtaServer } from '@pochta/server';
import type { Logger } from 'pino';
import { BrokerModule } from './broker.module';
import type { BrokerConfig } from './config/broker-config';
import { OFF } from './config/setting.decorators';
import { HttpDoor, type HttpAddress } from './http-door';
import { STARTED_FACTS } from './logging/logger';
import { NestLogger } from './logging/nest-logger';
import { strategyOptions } from './strategy-options';

/** The broker that we ship: a Nest app with decorated topics, and HTTP for its health. */
export class BrokerApp {
  readonly #app: INestApplication;
  readonly #strategy: PochtaBrokerStrategy;
  readonly #door: HttpDoor;
  readonly #logger: Logger;
  #stopping: Promise<void> | undefined;

  private constructor(app: INestApplication, strategy: PochtaBrokerStrategy, logger: Logger) {
    this.#app = app;
    this.#strategy = strategy;
    this.#door = new HttpDoor(app);
    this.#logger = logger;
  }

  /** Rejects with what `PochtaServer.start` throws, or `ADDRESS_UNAVAILABLE`; then nothing is left running. */
  static async start(config: BrokerConfig, logger: Logger): Promise<BrokerApp> {
    const strategy = new PochtaBrokerStrategy(strategyOptions(config, logger));
    const app = await NestFactory.create(BrokerModule.for(strategy, config.admin), {
      logger: new NestLogger(logger),
      abortOnError: false,
      bodyParser: false,
    });
    const broker = new BrokerApp(app, strategy, logger);
    try {
      await broker.#open(config);
    } catch (error) {
      await broker.#close();
      throw error;
    }
    return broker;
  }

  get server(): PochtaServer {
    return this.#strategy.unwrap();
  }

  get httpAddresses(): readonly HttpAddress[] {
    return this.#door.addresses;
  }

  /** Stops to take anything in, confirms what is in the works, flushes and closes. May be called twice. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #open(config: BrokerConfig): Promise<void> {
    this.#app.connectMicroservice<MicroserviceOptions>(
      { strategy: this.#strategy },
      { inheritAppConfig: true },
    );
    await this.#app.init();
    // The broker first: who starts a second one is to hear of the port or the folder that they know, not of HTTP.
    await this.#app.startAllMicroservices();
    if (config.httpPort !== OFF) await this.#door.open(config.host, config.httpPort);
    this.#sayStarted(config);
  }

  #sayStarted({ engine, dataDir }: BrokerConfig): void {
    const addresses = this.server.addresses.map(written);
    const http = this.httpAddresses.map(written);
    const data = engine === 'memory' ? 'none' : resolve(dataDir);
    this.#logger.info(
      { [STARTED_FACTS]: { addresses, http, engine, data } },
      `Broker listens on ${addresses.join(', ')}; HTTP: ${http.join(', ') || OFF}; engine: ${engine}; data: ${data}`,
    );
  }

  async #stop(): Promise<void> {
    await this.#close();
    this.#logger.info('Broker stopped');
  }

  async #close(): Promise<void> {
    // The broker before Nest's shutdown hooks, which take away what handlers still need.
    await this.#strategy.close();
    await this.#door.close();
    await this.#app.close();
  }
}

function written({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

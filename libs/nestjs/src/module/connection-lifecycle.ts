import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { errorFor } from '@pochta/protocol';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { timeLeft } from '../connections/time-left';
import { getPochtaToken } from '../connections/tokens';

/** Share of the drain timeout that there is at least for what was published last, when all else has used up the time. */
const LAST_SHARE = 0.1;
/** ms; no more than that. */
const LAST_MAX = 1000;

/** What a connection does as its app starts and ends. */
export class ConnectionLifecycle
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  #left: (() => number) | undefined;

  constructor(
    private readonly proxy: PochtaClientProxy,
    private readonly name: string,
    private readonly modules: ModulesContainer,
  ) {}

  /** Throws `INVALID_CONFIG` for a second of a name. */
  onModuleInit(): void {
    const token = getPochtaToken(this.name);
    const owners = [...this.modules.values()].filter(({ providers }) => providers.has(token));
    if (owners.length > 1)
      throw errorFor(
        'INVALID_CONFIG',
        `There are ${owners.length} Pochta connections named ${this.name}: give each PochtaModule.forRoot a name of its own`,
        { field: 'name' },
      );
  }

  /**
   * Starts an embedded broker, for other processes may be waiting for it. Not before all modules are ready: an app that does
   * not start is told nothing more, and would leave it running. Likewise for those of other connections.
   */
  async onApplicationBootstrap(): Promise<void> {
    if (this.proxy.connection.options.embedded === undefined) return;
    try {
      await this.proxy.connect();
    } catch (error) {
      await Promise.all(this.#proxies().map((proxy) => proxy.close({ timeout: 0 })));
      throw error;
    }
  }

  /** Next, Nest closes transports and HTTP: the time that these take is part of the app's. */
  beforeApplicationShutdown(): void {
    this.#left = timeLeft(this.proxy.connection.drainTimeout);
  }

  /** The last of Nest's hooks, so that what handlers publish until they are done still goes out. */
  async onApplicationShutdown(): Promise<void> {
    const { drainTimeout } = this.proxy.connection;
    const left = this.#left?.() ?? drainTimeout;
    const last = Math.min(LAST_MAX, Math.ceil(drainTimeout * LAST_SHARE));
    await this.proxy.close({ timeout: Math.max(left, last) });
  }

  /** Of all connections of the app. */
  #proxies(): PochtaClientProxy[] {
    const providers = [...this.modules.values()].flatMap((module) => [...module.providers.values()]);
    const made = providers.map(({ instance }): unknown => instance);
    return made.filter((instance) => instance instanceof PochtaClientProxy);
  }
}

/** Has topics declared when the app starts, or, if no broker answers, once one does. */
export class FeatureLifecycle implements OnApplicationBootstrap {
  constructor(private readonly proxy: PochtaClientProxy) {}

  async onApplicationBootstrap(): Promise<void> {
    const { connection } = this.proxy;
    try {
      await connection.client();
    } catch {
      // It is logged; and so is what becomes of this, which may last as long as the app.
      connection.client({ patient: true }).catch(() => undefined);
    }
  }
}

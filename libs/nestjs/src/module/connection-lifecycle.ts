import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { errorFor } from '@pochta/protocol';
import type { PochtaClientProxy } from '../client/pochta-client-proxy';
import { timeLeft } from '../connections/time-left';
import { getPochtaToken } from '../connections/tokens';

/** Share of the drain timeout that there is at least for what was published last, when all else has used up the time. */
const LAST_SHARE = 0.1;
/** ms; no more than that. */
const LAST_MAX = 1000;

/** What a connection does as its app starts and ends. */
export class ConnectionLifecycle implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  #left: (() => number) | undefined;

  constructor(
    private readonly proxy: PochtaClientProxy,
    private readonly name: string,
    private readonly modules: ModulesContainer,
  ) {}

  /** Starts an embedded broker, for other processes may be waiting for it. Throws `INVALID_CONFIG` for a second of a name. */
  async onModuleInit(): Promise<void> {
    const token = getPochtaToken(this.name);
    const owners = [...this.modules.values()].filter(({ providers }) => providers.has(token));
    if (owners.length > 1)
      throw errorFor(
        'INVALID_CONFIG',
        `There are ${owners.length} Pochta connections named ${this.name}: give each PochtaModule.forRoot a name of its own`,
        { field: 'name' },
      );
    if (this.proxy.connection.options.embedded !== undefined) await this.proxy.connect();
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

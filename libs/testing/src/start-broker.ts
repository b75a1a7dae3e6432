import { PochtaServer, type ServerOptions } from '@pochta/server';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atCleanup } from './cleanup';

export interface StartBrokerOptions extends ServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Also listens for the `simple` dialect. Default false. */
  readonly simple?: boolean;
  /** Called with each new server before it starts, also by `restart`. */
  readonly prepare?: (server: PochtaServer) => void;
}

/** A broker in the test's own process. */
export interface StartedBroker {
  readonly server: PochtaServer;
  readonly host: string;
  /** Stays the same after `restart`. */
  readonly port: number;
  readonly simplePort: number;
  readonly dataDir: string;
  /** Stops the broker, and starts one anew on the same ports and data. */
  restart(): Promise<void>;
  /** Stops the broker and removes its data; `cleanUp` does it too. */
  stop(): Promise<void>;
}

/** Starts a broker on free ports, in memory unless told otherwise, with its data in a folder of its own. */
export async function startBroker(options: StartBrokerOptions = {}): Promise<StartedBroker> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'pochta-')));
  const broker = new RestartableBroker(options, dataDir);
  try {
    await broker.start();
  } catch (error) {
    await broker.stop();
    throw error;
  }
  atCleanup(() => broker.stop());
  return broker;
}

class RestartableBroker implements StartedBroker {
  server!: PochtaServer;
  port: number;
  simplePort: number;

  constructor(
    private readonly options: StartBrokerOptions,
    readonly dataDir: string,
  ) {
    this.port = options.port ?? 0;
    this.simplePort = options.simplePort ?? 0;
  }

  get host(): string {
    return '127.0.0.1';
  }

  async start(): Promise<void> {
    const { simple = false, prepare, ...options } = this.options;
    this.server = new PochtaServer({
      engine: 'memory',
      ...options,
      dataDir: this.dataDir,
      port: this.port,
      simplePort: simple || options.simplePort !== undefined ? this.simplePort : undefined,
    });
    prepare?.(this.server);
    await this.server.start();
    for (const { dialect, port } of this.server.addresses) {
      if (dialect === 'main') this.port = port;
      else this.simplePort = port;
    }
  }

  async restart(): Promise<void> {
    await this.server.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    if (this.options.dataDir === undefined) await rm(this.dataDir, { recursive: true, force: true });
  }
}

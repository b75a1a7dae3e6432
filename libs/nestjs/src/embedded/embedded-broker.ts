import type { PochtaServer, ServerOptions } from '@pochta/server';
import type { Duplex } from 'node:stream';
import { NestLog } from '../broker/nest-log';
import type { EmbeddedOptions } from '../connections/connection-options';
import { portOf, serverInProcess } from './server-in-process';

/** What else may be said of an embedded broker than the module's `embedded` option takes. */
export interface EmbeddedBrokerOptions
  extends EmbeddedOptions, Omit<ServerOptions, 'engine' | keyof EmbeddedOptions> {}

/**
 * A broker inside this process: durable with `dataDir`, in memory without. Only this process can connect, with
 * `openSocket`, unless there is a `port`. Logs through Nest's logger, and answers the admin verbs unless `administration`
 * is `false`.
 */
export class EmbeddedBroker {
  readonly server: PochtaServer;

  /** Throws `INVALID_CONFIG`. */
  constructor(options: EmbeddedBrokerOptions = {}) {
    this.server = serverInProcess({ log: new NestLog(), ...options });
  }

  /** The port for other processes, while it runs and has one. */
  get port(): number | undefined {
    return portOf(this.server);
  }

  /**
   * Throws `DATA_DIR_IN_USE`, `DATA_DIR_UNUSABLE`, `DATA_VERSION_UNSUPPORTED` or `ADDRESS_UNAVAILABLE`; then nothing is left
   * running. Throws `SHUTTING_DOWN` after `stop`.
   */
  start(): Promise<void> {
    return this.server.start();
  }

  /** The client's end of a new connection: for the `socket` option. Throws `CONNECTION_FAILED`, `SHUTTING_DOWN`. */
  openSocket(): Duplex {
    return this.server.openSocket();
  }

  /**
   * Takes nothing new in, lets consumers settle what is in flight within `drainTimeout`, and ends connections and the
   * engine. Close the clients of this process first. May be called twice.
   */
  stop(): Promise<void> {
    return this.server.stop();
  }
}

import { createServer, type Server, type Socket } from 'node:net';
import { ConnectionSet, type ConnectionSetOptions } from './connection-set';
import { SILENT_LOG, type Log } from './log';
import { addressOf, listen, type TcpAddress } from './tcp-addresses';

export interface TcpListenerOptions extends ConnectionSetOptions {
  /** Default `localhost`: 127.0.0.1 and, where there is IPv6, ::1. */
  readonly host?: string;
  /** Default 8888; 0 takes a free one. */
  readonly port?: number;
}

/** ms of a peer's silence after which TCP asks whether it is still there. */
const KEEP_ALIVE_DELAY = 60_000;

/**
 * Takes TCP connections for a broker. `open`, then `drain` and `close`: in between, what was taken in is stored, so that
 * `close` can answer it, and what is in flight may be settled.
 */
export class TcpListener {
  readonly #options: TcpListenerOptions;
  readonly #log: Log;
  readonly #connections: ConnectionSet;
  #servers: Server[] = [];

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
    this.#connections = new ConnectionSet(options);
  }

  /** Sockets at the moment, those that are about to end too. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Where it listens; empty before `open` and after `drain`. */
  get addresses(): readonly TcpAddress[] {
    return this.#servers.map(addressOf);
  }

  /** Throws `ADDRESS_UNAVAILABLE`. */
  async open(): Promise<void> {
    const { host = 'localhost', port = 8888 } = this.#options;
    this.#servers = await listen(() => this.#newServer(), host, port);
    for (const server of this.#servers) {
      server.on('error', (error) => this.#log.error({ error: error.message }, 'listener failed'));
    }
    this.#connections.open();
  }

  /**
   * Takes no more connections, and reads no more from those there are, but for those that have messages of consumer
   * groups in flight: these are read from until they have settled them.
   */
  drain(): void {
    this.#stopListening();
    this.#connections.drain();
  }

  /** Ends all connections once they are answered. Those whose peers do not take it are destroyed after `timeout` ms. */
  close(timeout: number): Promise<void> {
    this.#stopListening();
    return this.#connections.close(timeout);
  }

  #stopListening(): void {
    for (const server of this.#servers) server.close();
    this.#servers = [];
  }

  #newServer(): Server {
    return createServer(
      {
        // A peer that has said all it has to say still gets its answers.
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_DELAY,
      },
      (socket) => this.#accept(socket),
    );
  }

  #accept(socket: Socket): void {
    this.#connections.accept(socket, `${socket.remoteAddress}:${socket.remotePort}`);
  }
}

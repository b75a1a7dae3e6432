import type { Broker } from '@pochta/broker-core';
import { DEFAULT_LIMITS, errorFor, type WireLimits } from '@pochta/protocol';
import { createServer, type Server, type Socket } from 'node:net';
import type { CodecTable } from './codec-table';
import { FlushTurn } from './flush-turn';
import { SILENT_LOG, type Log } from './log';
import { SocketConnection, type SocketConnectionContext } from './socket-connection';
import { addressOf, listen, type TcpAddress } from './tcp-addresses';

export interface TcpListenerOptions {
  readonly broker: Broker;
  readonly codecs: CodecTable;
  /** Default `main`. `simple` speaks to naive clients only. */
  readonly dialect?: 'main' | 'simple';
  /** Default `localhost`: 127.0.0.1 and, where there is IPv6, ::1. */
  readonly host?: string;
  /** Default 8888; 0 takes a free one. */
  readonly port?: number;
  readonly limits?: Partial<WireLimits>;
  /** Whether one more connection may be taken; those it may not are told `TOO_MANY_CONNECTIONS`. Default: always. */
  readonly hasRoom?: () => boolean;
  /**
   * ms after which a peer is taken for gone: one that has sent `ping` before, when no byte comes from it, and one that has
   * half-closed, when it takes no byte of what it is sent. Default 90,000.
   */
  readonly silence?: number;
  readonly log?: Log;
}

/** ms of a peer's silence after which TCP asks whether it is still there. */
const KEEP_ALIVE_DELAY = 60_000;
/** ms; clients that send heartbeats do so every 30 s. */
const THREE_HEARTBEATS = 90_000;
/** Most ms between two looks at stalled frames, silent peers, and those that do not read or close. */
const SWEEP_INTERVAL = 1000;

/**
 * Takes TCP connections for a broker. `open`, then `drain` and `close`: in between, what was taken in is stored, so that
 * `close` can answer it, and what is in flight may be settled.
 */
export class TcpListener {
  readonly #options: TcpListenerOptions;
  readonly #limits: WireLimits;
  readonly #log: Log;
  readonly #connections = new Set<SocketConnection>();
  readonly #context: SocketConnectionContext;
  #servers: Server[] = [];
  #stopped = false;
  #sweep: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#log = options.log ?? SILENT_LOG;
    this.#context = {
      broker: options.broker,
      dialect: options.dialect ?? 'main',
      codecs: options.codecs,
      limits: this.#limits,
      silence: options.silence ?? THREE_HEARTBEATS,
      turn: new FlushTurn(),
      log: this.#log,
      onClosed: (connection) => this.#forget(connection),
    };
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
    const shortest = Math.min(this.#limits.frameTimeout, this.#context.silence);
    const interval = Math.min(SWEEP_INTERVAL, Math.max(10, shortest / 4));
    this.#sweep = setInterval(() => this.#onSweep(), interval).unref();
  }

  /**
   * Takes no more connections, and reads no more from those there are, but for those that have messages of consumer
   * groups in flight: these are read from until they have settled them.
   */
  drain(): void {
    this.#stopListening();
    for (const connection of this.#connections) connection.drain();
  }

  /** Ends all connections once they are answered. Those whose peers do not take it are destroyed after `timeout` ms. */
  async close(timeout: number): Promise<void> {
    this.#stopListening();
    for (const connection of [...this.#connections]) connection.finish(timeout);
    if (this.#connections.size > 0) {
      const stragglers = setTimeout(() => {
        for (const connection of this.#connections) connection.destroy();
      }, timeout);
      await new Promise<void>((resolve) => (this.#onEmpty = resolve));
      clearTimeout(stragglers);
    }
    clearInterval(this.#sweep);
  }

  #stopListening(): void {
    this.#stopped = true;
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
    const hasRoom = this.#options.hasRoom?.() ?? true;
    const connection = new SocketConnection(socket, this.#context, performance.now());
    this.#connections.add(connection);
    this.#log.debug({ peer: connection.peer.name }, 'connected');
    if (!hasRoom) connection.fail(errorFor('TOO_MANY_CONNECTIONS'));
    else if (this.#stopped) connection.fail(errorFor('SHUTTING_DOWN'));
  }

  #forget(connection: SocketConnection): void {
    this.#connections.delete(connection);
    this.#log.debug({ peer: connection.peer.name }, 'disconnected');
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #onSweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.sweep(now);
  }
}

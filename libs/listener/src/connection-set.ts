import type { Broker } from '@pochta/broker-core';
import { DEFAULT_LIMITS, errorFor, PayloadMemory, type WireLimits } from '@pochta/protocol';
import type { CodecTable } from './codec-table';
import { FlushTurn } from './flush-turn';
import { SILENT_LOG, type Log } from './log';
import type { PeerSocket } from './peer-socket';
import { SocketConnection, type SocketConnectionContext } from './socket-connection';

/** How connections are treated, however they come. */
export interface ConnectionSetOptions {
  readonly broker: Broker;
  readonly codecs: CodecTable;
  /** Default `main`. `simple` speaks to naive clients only. */
  readonly dialect?: 'main' | 'simple';
  readonly limits?: Partial<WireLimits>;
  /** Whether one more connection may be taken; those it may not are told `TOO_MANY_CONNECTIONS`. Default: always. */
  readonly hasRoom?: () => boolean;
  /**
   * ms after which a peer is taken for gone: one that has sent `ping` before, when no byte comes from it, and one that has
   * half-closed, when it takes no byte of what it is sent. Default 90,000.
   */
  readonly silence?: number;
  readonly log?: Log;
  /** For what is published; listeners may share it. Default: one of its own. */
  readonly memory?: PayloadMemory;
}

/** ms; clients that send heartbeats do so every 30 s. */
const THREE_HEARTBEATS = 90_000;
/** Most ms between two looks at stalled frames, silent peers, and those that do not read or close. */
const SWEEP_INTERVAL = 1000;

/** The connections that one listener has taken. `open`, then `drain` and `close`, as with a listener. */
export class ConnectionSet {
  readonly #options: ConnectionSetOptions;
  readonly #limits: WireLimits;
  readonly #log: Log;
  readonly #connections = new Set<SocketConnection>();
  readonly #context: SocketConnectionContext;
  #stopped = false;
  #sweep: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: ConnectionSetOptions) {
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
      memory: options.memory ?? new PayloadMemory(),
      log: this.#log,
      onClosed: (connection) => this.#forget(connection),
    };
  }

  get size(): number {
    return this.#connections.size;
  }

  open(): void {
    const shortest = Math.min(this.#limits.frameTimeout, this.#context.silence);
    const interval = Math.min(SWEEP_INTERVAL, Math.max(10, shortest / 4));
    this.#sweep = setInterval(() => this.#onSweep(), interval).unref();
  }

  /** `name`: what the peer is called in logs. */
  accept(socket: PeerSocket, name: string): void {
    const hasRoom = this.#options.hasRoom?.() ?? true;
    const connection = new SocketConnection(socket, name, this.#context, performance.now());
    this.#connections.add(connection);
    this.#log.debug({ peer: name }, 'connected');
    if (!hasRoom) connection.fail(errorFor('TOO_MANY_CONNECTIONS'));
    else if (this.#stopped) connection.fail(errorFor('SHUTTING_DOWN'));
  }

  /** Reads no more, but from those that have messages of consumer groups in flight, until they have settled them. */
  drain(): void {
    this.#stopped = true;
    for (const connection of this.#connections) connection.drain();
  }

  /** Ends all once they are answered. Those whose peers do not take it are destroyed after `timeout` ms. */
  async close(timeout: number): Promise<void> {
    this.#stopped = true;
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

import { errorFor, type PochtaError } from '@pochta/protocol';
import type { Deadline } from '../deadlines';
import { Connection, type ConnectionOptions } from './connection';
import type { ReconnectPolicy } from './reconnect-policy';
import type { ServerList } from './server-list';

export interface ConnectorListener {
  /** A connection is up; attach to it in this turn. */
  onConnected(connection: Connection): void;
  onAttemptFailed(server: string, reason: PochtaError, attempt: number, delay: number | undefined): void;
  /** No attempt is left. */
  onGaveUp(reason: PochtaError): void;
}

export interface ConnectorOptions {
  readonly servers: ServerList;
  readonly policy: ReconnectPolicy;
  readonly connection: ConnectionOptions;
  /** Keep trying for the first connection too. */
  readonly persistent: boolean;
}

/** Finds a server that answers, again and again: exponential backoff, the servers in turn. */
export class Connector {
  readonly #stop = new AbortController();
  #everConnected = false;
  /** Attempts in a row that failed. */
  #attempts = 0;
  /** As `attempts`, but connections that did not last count too. */
  #failures = 0;
  #connectedAt = 0;
  #backoff: Deadline | undefined;

  constructor(
    private readonly options: ConnectorOptions,
    private readonly listener: ConnectorListener,
  ) {}

  /** The first attempt, at once. */
  start(): void {
    void this.#attempt();
  }

  /** The connection was lost: tries again after a delay. False when that is not wanted. */
  restart(): boolean {
    const { policy } = this.options;
    if (policy.maxAttempts <= 0 || this.#stop.signal.aborted) return false;
    if (performance.now() - this.#connectedAt >= policy.stableAfter) this.#failures = 0;
    this.#wait(this.#delay());
    this.#failures++;
    return true;
  }

  /** Gives up at once; nothing is told any more. */
  stop(): void {
    this.#backoff?.cancel();
    this.#stop.abort();
  }

  /** Never rejects. */
  async #attempt(): Promise<void> {
    const server = this.options.servers.next();
    let connection: Connection;
    try {
      connection = await Connection.open(server, this.options.connection, this.#stop.signal);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(server.name, error as PochtaError);
      return;
    }
    if (this.#stop.signal.aborted) return connection.drop(errorFor('ABORTED'));
    this.#everConnected = true;
    this.#attempts = 0;
    this.#connectedAt = performance.now();
    this.listener.onConnected(connection);
  }

  #failed(server: string, reason: PochtaError): void {
    const attempt = ++this.#attempts;
    const over = attempt >= this.#maxAttempts();
    const delay = over ? undefined : this.#nextDelay();
    this.#failures++;
    this.listener.onAttemptFailed(server, reason, attempt, delay);
    if (this.#stop.signal.aborted) return;
    if (delay === undefined) {
      const text = `${server} cannot be reached: ${reason.message}`;
      this.listener.onGaveUp(errorFor('CONNECTION_FAILED', text, { cause: reason }));
    } else {
      this.#wait(delay);
    }
  }

  #maxAttempts(): number {
    const { policy, servers, persistent } = this.options;
    return this.#everConnected || persistent ? policy.maxAttempts : servers.size;
  }

  /** Without delay through the list at first: somebody waits for `connect`. */
  #nextDelay(): number {
    return this.#everConnected || this.#attempts >= this.options.servers.size ? this.#delay() : 0;
  }

  #delay(): number {
    return this.options.policy.delay(Math.floor(this.#failures / this.options.servers.size));
  }

  #wait(delay: number): void {
    this.#backoff = this.options.connection.deadlines.after(delay, () => void this.#attempt());
  }
}

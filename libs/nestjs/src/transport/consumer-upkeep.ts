import type { Logger } from '@nestjs/common';
import type { Client } from '@pochta/client';
import { errorFor, PochtaError } from '@pochta/protocol';
import type { Subscription } from 'rxjs';
import type { PochtaConnection, Setback } from '../connections/pochta-connection';
import { errorText } from '../logging/error-text';
import type { Consumer } from './consumer';

/**
 * Keeps a strategy's consumers open: on each client that the connection makes, after one that has given up; and when the
 * broker ends a single one, by trying again, at first after the `initialDelay` of the option `reconnect`. Meanwhile it is
 * among the connection's setbacks.
 */
export class ConsumerUpkeep {
  readonly #setbacks = new Map<Consumer, Setback>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #client: Client | undefined;
  #statuses: Subscription | undefined;
  #stopped = false;

  constructor(
    private readonly consumers: readonly Consumer[],
    private readonly connection: PochtaConnection,
    private readonly logger: Logger,
  ) {}

  /** Rejects with what a consumer rejects with, naming it. */
  async begin(client: Client): Promise<void> {
    this.#watch(client);
    // All have settled before any is closed for what another one found.
    const opened = await Promise.allSettled(this.consumers.map((consumer) => this.#open(consumer, client)));
    opened.forEach((result, index) => {
      if (result.status === 'rejected') throw placed(result.reason, this.consumers[index]);
    });
    this.#statuses = this.connection.status$.subscribe(() => this.#renew());
  }

  stop(): void {
    this.#stopped = true;
    this.#statuses?.unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const consumer of this.consumers) this.#recovered(consumer);
  }

  #watch(client: Client): void {
    this.#client = client;
    void client.closed.then((reason) => {
      if (reason !== undefined && !this.#stopped) void this.#connect();
    });
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    try {
      await this.connection.client({ patient: true });
    } catch (error) {
      if (!this.#stopped)
        this.logger.error(`The handlers get nothing until the connection is made again: ${errorText(error)}`);
    }
  }

  /** Whoever had the client made. */
  #renew(): void {
    const client = this.connection.current;
    if (client === undefined || client === this.#client || this.#stopped) return;
    this.#watch(client);
    for (const consumer of this.consumers) void this.#retry(consumer, client, 0);
  }

  async #open(consumer: Consumer, client: Client): Promise<void> {
    await consumer.open(client, (error) => this.#lost(consumer, client, error, 0));
    // Closed meanwhile, when there was nothing to close yet.
    if (this.#stopped) await consumer.close();
  }

  /** Never rejects. */
  async #retry(consumer: Consumer, client: Client, failures: number): Promise<void> {
    try {
      await this.#open(consumer, client);
      if (this.#recovered(consumer)) this.logger.log(`${consumer.place} gets messages again`);
    } catch (error) {
      this.#lost(consumer, client, error as Error, failures);
    }
  }

  #lost(consumer: Consumer, client: Client, error: Error, failures: number): void {
    // Another client brings them all back.
    if (this.#stopped || client !== this.#client || client.status === 'closed') return;
    const text = `${consumer.place} gets no more messages, and tries again: ${errorText(error)}`;
    if (this.#recovered(consumer)) this.logger.debug(text);
    else this.logger.error(text);
    const setback = { what: consumer.place, error };
    this.#setbacks.set(consumer, setback);
    this.connection.setbacks.add(setback);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (client === this.#client) void this.#retry(consumer, client, failures + 1);
    }, this.#delay(failures));
    this.#timers.add(timer);
  }

  /** Whether it was lost. */
  #recovered(consumer: Consumer): boolean {
    const setback = this.#setbacks.get(consumer);
    if (setback !== undefined) this.connection.setbacks.delete(setback);
    return this.#setbacks.delete(consumer);
  }

  /** ms. */
  #delay(failures: number): number {
    const { initialDelay = 100, maxDelay = 5000 } = this.connection.options.reconnect || {};
    return Math.min(maxDelay, initialDelay * 2 ** Math.min(failures, 30));
  }
}

/** The error, with the handler that it is about. */
function placed(error: unknown, { place }: Consumer): unknown {
  if (!(error instanceof PochtaError)) return error;
  return errorFor(error.code, `${place}: ${error.message}`, { cause: error });
}

import type { Logger } from '@nestjs/common';
import type { Client, DrainResult } from '@pochta/client';
import { errorText } from '../logging/error-text';
import { loggerOf } from './connection-logger';

/** Tells Nest's log what happens to one connection: attempts that fail once for each outage, as a warning. */
export class ConnectionLog {
  readonly #logger: Logger;
  #outage = false;

  constructor(name: string) {
    this.#logger = loggerOf(name);
  }

  listenTo(client: Client): void {
    client.on('disconnected', ({ server, reason, reconnecting }) => {
      const next = reconnecting ? '; reconnecting' : '';
      this.#logger.warn(`Lost ${server}: ${errorText(reason)}${next}`);
    });
    client.on('attemptFailed', ({ server, reason, delay }) => {
      const next = delay === undefined ? '' : `; again in ${Math.round(delay)} ms`;
      this.attemptFailed(`${server} cannot be reached: ${reason.message}${next}`);
    });
    client.on('reconnected', ({ server }) => this.connected(server));
    client.on('closed', ({ reason }) => {
      if (reason !== undefined) this.#logger.error(`Closed: ${errorText(reason)}`);
    });
    client.on('gap', ({ topic, from, to, reason }) =>
      this.#logger.warn(`Messages ${from} to ${to} of ${topic} were removed before they came (${reason})`),
    );
    client.on('handlerFailed', ({ topic, group, error }) =>
      this.#logger.error(`A handler of ${place(topic, group)} failed: ${errorText(error)}`, stackOf(error)),
    );
    client.on('settlementFailed', ({ topic, group, sequence, verb, error }) => {
      const text = `${verb} of ${place(topic, group)}, ${sequence}: ${errorText(error)}`;
      if (error.code === 'NOT_IN_FLIGHT') this.#logger.debug(text);
      else this.#logger.warn(text);
    });
  }

  connected(server: string | undefined): void {
    this.#outage = false;
    this.#logger.log(`Connected to ${server}`);
  }

  attemptFailed(text: string): void {
    if (this.#outage) this.#logger.debug(text);
    else this.#logger.warn(text);
    this.#outage = true;
  }

  stepFailed(error: unknown): void {
    this.#logger.error(
      `What was to be done first on the connection failed: ${errorText(error)}`,
      stackOf(error),
    );
  }

  drained({ unconfirmed, handling, unanswered }: DrainResult): void {
    if (unconfirmed + handling + unanswered === 0) return;
    this.#logger.warn(
      `Closed with ${unconfirmed} unconfirmed publishes, ${handling} unfinished handlers, ${unanswered} unanswered calls`,
    );
  }
}

function place(topic: string | undefined, group: string | undefined): string {
  return group === undefined ? String(topic) : `${topic}, group ${group}`;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}

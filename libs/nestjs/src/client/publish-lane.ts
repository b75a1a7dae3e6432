import { PublishManyError, type Client, type PublishManyOptions, type PublishOptions } from '@pochta/client';
import { errorFor, type PochtaError } from '@pochta/protocol';
import { firstValueFrom, from, merge, timer } from 'rxjs';
import { isPromise } from '../codecs/promises';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { Span } from '../telemetry/telemetry';
import { outgoing, type Outgoing } from './outgoing';
import { PayloadWriter, type AnyTopic } from './payload-writer';

/**
 * Publishes through a connection, whatever each payload has to wait for: its check, its codec, the first connection. Those
 * of one topic go out in the order of the calls. What waits for nothing costs no promise but the client's.
 */
export class PublishLane {
  readonly #writer: PayloadWriter;
  /** By topic, while something waits: resolves when the last that waits has been handed to the client. */
  readonly #tails = new Map<string, Promise<void>>();
  #waiting = 0;

  constructor(
    private readonly connection: PochtaConnection,
    /** Publishes that may wait here. `BUFFER_FULL`. */
    private readonly limit: number,
  ) {
    this.#writer = new PayloadWriter(connection);
  }

  /** Resolves on the broker's confirm. */
  publish(topic: AnyTopic, value: unknown, options?: PublishOptions): Promise<void> {
    try {
      const sent = outgoing(this.connection, 'publish', topic, options);
      return sent.span === undefined
        ? this.#publish(topic, sent.name, value, sent.options)
        : this.#traced(topic, sent, value, sent.span);
    } catch (error) {
      return rejected(error);
    }
  }

  /** Resolves when all are stored. Rejects with `PublishManyError`, which says which are not. */
  async publishMany(
    topic: AnyTopic,
    values: readonly unknown[],
    options?: PublishManyOptions,
  ): Promise<void> {
    const outcomes = await Promise.allSettled(values.map((value) => this.publish(topic, value, options)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ index, error: outcome.reason as PochtaError }] : [],
    );
    if (failures.length > 0) throw new PublishManyError(failures, values.length);
  }

  /** Resolves when all that was published so far has been handed to the client, or has failed, and after `timeout` ms. */
  async settled(timeout: number): Promise<void> {
    if (this.#tails.size === 0) return;
    const handedOver = from(Promise.all(this.#tails.values()));
    await firstValueFrom(merge(handedOver, timer(timeout)));
  }

  async #traced(
    topic: AnyTopic,
    { name, options }: Outgoing<PublishOptions>,
    value: unknown,
    span: Span,
  ): Promise<void> {
    try {
      await this.#publish(topic, name, value, options);
      span.end();
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  #publish(topic: AnyTopic, name: string, value: unknown, options?: PublishOptions): Promise<void> {
    const payload = this.#writer.write(topic, name, value);
    const client = this.connection.current;
    if (client !== undefined && !isPromise(payload) && !this.#tails.has(name))
      return client.publish(name, payload, options);
    if (this.#waiting >= this.limit) {
      if (isPromise(payload)) payload.catch(() => undefined);
      throw errorFor('BUFFER_FULL', `More than ${this.limit} publishes would wait to be sent`);
    }
    return this.#inTurn(name, payload, client ?? this.connection.client(), options);
  }

  async #inTurn(
    name: string,
    payload: unknown,
    client: Client | Promise<Client>,
    options?: PublishOptions,
  ): Promise<void> {
    const previous = this.#tails.get(name);
    const ready = Promise.all([client, payload]);
    ready.catch(() => undefined);
    let pass!: () => void;
    const turn = new Promise<void>((resolve) => (pass = resolve));
    this.#tails.set(name, turn);
    this.#waiting++;
    let confirmed: Promise<void>;
    try {
      await previous;
      const [connected, written] = await ready;
      confirmed = connected.publish(name, written, options);
    } finally {
      this.#waiting--;
      if (this.#tails.get(name) === turn) this.#tails.delete(name);
      pass();
    }
    return confirmed;
  }
}

/** Whatever was thrown, as it is. */
export function rejected(error: unknown): Promise<never> {
  const reason = error as Error;
  return Promise.reject(reason);
}

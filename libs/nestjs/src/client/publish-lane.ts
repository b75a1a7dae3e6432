import {
  CONNECT_DEFAULTS,
  PublishManyError,
  type Client,
  type PublishManyOptions,
  type PublishOptions,
} from '@pochta/client';
import { type PochtaError, validateTopicName } from '@pochta/protocol';
import { firstValueFrom, from, merge, timer } from 'rxjs';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { Span } from '../telemetry/telemetry';
import { LatePayload, sizeOf } from './late-payload';
import { outgoing, type Outgoing } from './outgoing';
import { PayloadWriter, type AnyTopic } from './payload-writer';
import { checkTopicName, WaitingRoom } from './waiting-room';

/**
 * Publishes through a connection, whatever each payload has to wait for: its check, its codec, the first connection. Those
 * of one topic go out in the order of the calls. What waits for nothing costs no promise but the client's.
 */
export class PublishLane {
  readonly #writer: PayloadWriter;
  /** By topic, while something waits: resolves when the last that waits has been handed to the client. */
  readonly #tails = new Map<string, Promise<void>>();
  /** Beside what the client has, which has limits of the same size. */
  readonly #waiting: WaitingRoom;

  constructor(private readonly connection: PochtaConnection) {
    const { maxUnconfirmed = CONNECT_DEFAULTS.maxUnconfirmed, maxUnconfirmedBytes } = connection.options;
    this.#writer = new PayloadWriter(connection);
    this.#waiting = new WaitingRoom('publishes', maxUnconfirmed, maxUnconfirmedBytes);
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
    const client = this.connection.current;
    if (client === undefined || this.#tails.has(name)) {
      checkTopicName(name, validateTopicName);
      return this.#inTurn(name, this.#writer.take(topic, name, value, true), client, options);
    }
    const payload = this.#writer.take(topic, name, value, false);
    if (payload instanceof LatePayload) return this.#inTurn(name, payload, client, options);
    return client.publish(name, payload, options);
  }

  async #inTurn(
    name: string,
    payload: unknown,
    client: Client | undefined,
    options?: PublishOptions,
  ): Promise<void> {
    const late = payload instanceof LatePayload;
    let size = late ? payload.size : sizeOf(payload);
    this.#waiting.enter(size);
    const previous = this.#tails.get(name);
    let pass!: () => void;
    const turn = new Promise<void>((resolve) => (pass = resolve));
    this.#tails.set(name, turn);
    let confirmed: Promise<void>;
    try {
      const written = late
        ? payload.ready.then((ready) => {
            this.#waiting.grow(sizeOf(ready) - size);
            size = sizeOf(ready);
            return ready;
          })
        : payload;
      const ready = Promise.all([client ?? this.connection.client(), written]);
      ready.catch(() => undefined);
      await previous;
      const [connected, bytes] = await ready;
      confirmed = connected.publish(name, bytes, options);
    } finally {
      this.#waiting.leave(size);
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

import type { Client, RequestOptions } from '@pochta/client';
import type { Observer } from 'rxjs';
import { isPromise } from '../codecs/promises';
import type { PochtaConnection } from '../connections/pochta-connection';
import { outgoingHeaders } from '../logging/message-scope';
import { PayloadWriter, type AnyTopic } from './payload-writer';
import { ReplyReader } from './reply-reader';

/** Sends requests through a connection, whatever each has to wait for: its check, its codec, the first connection. */
export class RequestLane {
  readonly #writer: PayloadWriter;

  constructor(private readonly connection: PochtaConnection) {
    this.#writer = new PayloadWriter(connection);
  }

  /** Sends a request; the observer is told each part of the reply. Returns a function that cancels it. Never throws. */
  start(
    topic: AnyTopic,
    value: unknown,
    options: RequestOptions | undefined,
    observer: Observer<unknown>,
  ): () => void {
    try {
      const name = this.connection.topicName(topic);
      const headers = outgoingHeaders(options?.headers);
      const sent = headers === options?.headers ? options : { ...options, headers };
      return this.connection.telemetry.enabled
        ? this.#traced(topic, name, value, sent, observer)
        : this.#start(topic, name, value, sent, observer);
    } catch (error) {
      observer.error(error);
      return () => undefined;
    }
  }

  #traced(
    topic: AnyTopic,
    name: string,
    value: unknown,
    options: RequestOptions | undefined,
    observer: Observer<unknown>,
  ): () => void {
    const { span, headers } = this.connection.telemetry.outgoing(
      { type: 'request', topic: name },
      options?.headers,
    );
    let running = true;
    const end = (error?: unknown): void => {
      if (running) span.end(error);
      running = false;
    };
    const traced: Observer<unknown> = {
      next: (part) => observer.next(part),
      complete: () => (end(), observer.complete()),
      error: (error) => (end(error), observer.error(error)),
    };
    try {
      const cancel = this.#start(topic, name, value, { ...options, headers }, traced);
      return () => (end(), cancel());
    } catch (error) {
      end(error);
      throw error;
    }
  }

  #start(
    topic: AnyTopic,
    name: string,
    value: unknown,
    options: RequestOptions | undefined,
    observer: Observer<unknown>,
  ): () => void {
    const payload = this.#writer.write(topic, name, value);
    const client = this.connection.current;
    if (client !== undefined && !isPromise(payload))
      return this.#ask(client, name, payload, options, observer);
    let cancel: (() => void) | undefined;
    let cancelled = false;
    Promise.all([client ?? this.connection.client(), payload])
      .then(([client, payload]) => {
        if (!cancelled) cancel = this.#ask(client, name, payload, options, observer);
      })
      .catch((error: unknown) => observer.error(error));
    return () => {
      cancelled = true;
      cancel?.();
    };
  }

  /** Throws `INVALID_FRAME`, and `CONNECTION_CLOSED`. */
  #ask(
    client: Client,
    name: string,
    payload: unknown,
    options: RequestOptions | undefined,
    observer: Observer<unknown>,
  ): () => void {
    const reader = new ReplyReader(name, this.connection.codecs, observer);
    const giveUp = client.startRequest(name, payload, reader, options);
    return () => {
      if (reader.over) return;
      reader.over = true;
      giveUp();
    };
  }
}

import type { Client, RequestOptions } from '@pochta/client';
import type { Observer } from 'rxjs';
import type { PochtaConnection } from '../connections/pochta-connection';
import { outgoingHeaders } from '../logging/message-scope';
import { isPromise, PayloadWriter, type AnyTopic } from './payload-writer';
import { ReplyReader } from './reply-reader';

/** Sends requests through a connection, whatever each has to wait for: its check, its codec, the first connection. */
export class RequestLane {
  readonly #writer: PayloadWriter;

  constructor(private readonly connection: PochtaConnection) {
    this.#writer = new PayloadWriter(connection);
  }

  /** Sends a request; the observer is told each part of the reply. Returns a function that cancels it. Never throws. */
  start(topic: AnyTopic, value: unknown, options: RequestOptions, observer: Observer<unknown>): () => void {
    try {
      const { telemetry } = this.connection;
      const name = this.connection.topicName(topic);
      const headers = outgoingHeaders(options.headers);
      if (!telemetry.enabled) return this.#start(topic, name, value, { ...options, headers }, observer);
      const { span, headers: traced } = telemetry.outgoing({ type: 'request', topic: name }, headers);
      const cancel = this.#start(
        topic,
        name,
        value,
        { ...options, headers: traced },
        {
          next: (part) => observer.next(part),
          complete: () => (span.end(), observer.complete()),
          error: (error) => (span.end(error), observer.error(error)),
        },
      );
      return () => (span.end(), cancel());
    } catch (error) {
      observer.error(error);
      return () => undefined;
    }
  }

  #start(
    topic: AnyTopic,
    name: string,
    value: unknown,
    options: RequestOptions,
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

  /** Throws `INVALID_FRAME`. */
  #ask(
    client: Client,
    name: string,
    payload: unknown,
    options: RequestOptions,
    observer: Observer<unknown>,
  ): () => void {
    const reader = new ReplyReader(name, this.connection.codecs, observer);
    const giveUp = client.startRequest(name, payload, reader, options);
    return () => {
      if (!reader.over) giveUp();
    };
  }
}

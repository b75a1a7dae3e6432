import type { Client, RequestOptions } from '@pochta/client';
import type { Observer } from 'rxjs';
import { isPromise } from '../codecs/promises';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { Span } from '../telemetry/telemetry';
import { outgoing } from './outgoing';
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
    let span: Span | undefined;
    try {
      const sent = outgoing(this.connection, 'request', topic, options);
      span = sent.span;
      if (span === undefined) return this.#start(topic, sent.name, value, sent.options, observer);
      const cancel = this.#start(topic, sent.name, value, sent.options, traced(span, observer));
      return () => (sent.span?.end(), cancel());
    } catch (error) {
      span?.end(error);
      observer.error(error);
      return () => undefined;
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

function traced(span: Span, observer: Observer<unknown>): Observer<unknown> {
  return {
    next: (part) => observer.next(part),
    complete: () => (span.end(), observer.complete()),
    error: (error) => (span.end(error), observer.error(error)),
  };
}

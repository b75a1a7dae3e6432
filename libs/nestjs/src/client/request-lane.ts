import { CONNECT_DEFAULTS, type Client, type RequestOptions } from '@pochta/client';
import { validateRequestTopic } from '@pochta/protocol';
import type { Observer } from 'rxjs';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { Span } from '../telemetry/telemetry';
import { LatePayload, sizeOf } from './late-payload';
import { checkTimeout, LateRequest } from './late-request';
import { outgoing } from './outgoing';
import { PayloadWriter, type AnyTopic } from './payload-writer';
import { ReplyReader } from './reply-reader';
import { checkTopicName, WaitingRoom } from './waiting-room';

/** Requests that may wait to be sent; the client has as many. */
const MAX_WAITING = 65_536;

/** Sends requests through a connection, whatever each has to wait for: its check, its codec, the first connection. */
export class RequestLane {
  readonly #writer: PayloadWriter;
  readonly #waiting: WaitingRoom;

  constructor(private readonly connection: PochtaConnection) {
    this.#writer = new PayloadWriter(connection);
    this.#waiting = new WaitingRoom('requests', MAX_WAITING, connection.options.maxUnconfirmedBytes);
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
    const client = this.connection.current;
    const payload = this.#writer.take(topic, name, value, client === undefined);
    if (client !== undefined && !(payload instanceof LatePayload))
      return this.#ask(client, name, payload, options, observer);
    return this.#askLater(client, name, payload, options, observer);
  }

  /** Its time begins now, though it cannot be sent yet. Throws `BUFFER_FULL` and `INVALID_FRAME`. */
  #askLater(
    client: Client | undefined,
    name: string,
    payload: unknown,
    options: RequestOptions | undefined,
    observer: Observer<unknown>,
  ): () => void {
    checkTopicName(name, validateRequestTopic);
    const timeout =
      options?.timeout ?? this.connection.options.requestTimeout ?? CONNECT_DEFAULTS.requestTimeout;
    checkTimeout(timeout);
    const size = payload instanceof LatePayload ? payload.size : sizeOf(payload);
    this.#waiting.enter(size);
    const late = new LateRequest(observer, timeout);
    const ready = payload instanceof LatePayload ? payload.ready : payload;
    Promise.all([client ?? this.connection.client(), ready])
      .then(([client, ready]) => late.send(() => this.#ask(client, name, ready, options, late)))
      .catch((error: unknown) => late.error(error))
      .finally(() => this.#waiting.leave(size));
    return () => late.cancel();
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

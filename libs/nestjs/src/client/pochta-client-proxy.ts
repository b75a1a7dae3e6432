import { ClientProxy, type MsPattern, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type {
  Client,
  ClientEvents,
  PublishManyOptions,
  PublishOptions,
  RequestOptions,
  TransactionOptions,
} from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import { AsyncSubject, distinctUntilChanged, firstValueFrom, lastValueFrom, map, Observable } from 'rxjs';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { PochtaStatus } from '../connections/pochta-status';
import { createConnection } from '../connections/shared-connection';
import { timeLeft } from '../connections/time-left';
import { isTopicDefinition } from '../topics/define-topic';
import { checkPattern, patternTopic } from '../topics/pattern-topic';
import type { TopicDefinition } from '../topics/topic-definition';
import type { AnyTopic } from './payload-writer';
import { emitOptions, PochtaRecord, sendOptions } from './pochta-record';
import { PublishLane, rejected } from './publish-lane';
import { RequestLane } from './request-lane';
import { TopicPublisher } from './topic-publisher';
import { runTransaction, type TopicTransaction } from './topic-transaction';
import { UnheardFailures } from './unheard-failures';

/** What Nest's `status` says of a Pochta connection. */
export type PochtaProxyStatus = 'connected' | 'reconnecting' | 'disconnected';

/** The client's events, for `on`. */
export type PochtaProxyEvents = { [K in keyof ClientEvents]: (event: ClientEvents[K]) => void };

/** As with Nest's own clients: the caller says what it is. */
type Untyped = ReadPacket['data'];

const PROXY_STATUS: Record<PochtaStatus, PochtaProxyStatus> = {
  idle: 'disconnected',
  connecting: 'disconnected',
  connected: 'connected',
  reconnecting: 'reconnecting',
  draining: 'connected',
  closed: 'disconnected',
};

/**
 * Nest's client of a Pochta broker. Injected by `@InjectPochta()`, or made by Nest's own
 * `ClientsModule.register([{ name, customClass: PochtaClientProxy, options }])`. Connects when it is first needed.
 *
 * - `emit` publishes. Its observable gives one `undefined` once the broker has confirmed that the message is stored, and
 *   errors otherwise (`TOPIC_FULL`, `BUFFER_FULL`, …). It is hot: the message is sent, subscribed to or not, and once. A
 *   failure that nobody has subscribed to is logged.
 * - `send` makes a request for each subscription, and cancels it when that is unsubscribed. Gives each part of the reply.
 *   Errors at once with `NO_RESPONDERS` when nobody is there to answer, and with `REQUEST_TIMEOUT` after `requestTimeout`.
 * - Errors are `PochtaError`s, to be told apart by `code`; what a handler's `RpcException` says arrives as it does with
 *   Nest's own transports. `CONNECTION_FAILED`: no broker could be reached at first. Once connected, a lost connection is
 *   made anew by itself: publishes are buffered up to `maxUnconfirmed`, and requests wait within their timeout.
 * - Patterns are topics, with `${placeholders}`, or definitions; other objects become topics as `patternTopic` says.
 */
export class PochtaClientProxy extends ClientProxy<PochtaProxyEvents> {
  readonly connection: PochtaConnection;
  readonly #publishes: PublishLane;
  readonly #requests: RequestLane;
  readonly #unheard: UnheardFailures;
  #closing: Promise<void> | undefined;

  /** Takes a connection that others share, or options for one of its own. Throws `INVALID_CONFIG`. */
  constructor(connection: PochtaConnection | PochtaConnectionOptions = {}) {
    super();
    this.connection = isConnection(connection) ? connection : createConnection(connection);
    this.#publishes = new PublishLane(this.connection);
    this.#requests = new RequestLane(this.connection);
    this.#unheard = new UnheardFailures(this.connection.name);
  }

  /** What the connection is at, and each change that follows. */
  override get status(): Observable<PochtaProxyStatus> {
    return this.connection.status$.pipe(
      map((status) => PROXY_STATUS[status]),
      distinctUntilChanged(),
    );
  }

  /** Connects if need be; nothing else needs it. Rejects with `CONNECTION_FAILED` when no broker answers. */
  override connect(): Promise<Client> {
    return this.connection.client();
  }

  /**
   * Finishes what is in flight, within `timeout` ms, by default the connection's `drainTimeout`, then closes the
   * connection for good. May be called twice.
   */
  override close({ timeout = this.connection.drainTimeout } = {}): Promise<void> {
    return (this.#closing ??= this.#finish(timeout));
  }

  /** Listens to the client's events, on each client that is to come too. */
  override on<K extends keyof PochtaProxyEvents>(event: K, callback: PochtaProxyEvents[K]): void {
    void this.connection.prepare((client) => void client.on(event, callback));
  }

  /** The `Client` of `@pochta/client`. Throws `CONNECTION_CLOSED` before it is connected. */
  override unwrap<T = Client>(): T {
    const client = this.connection.current;
    if (client === undefined)
      throw errorFor('CONNECTION_CLOSED', 'There is no connection yet: call connect()');
    return client as T;
  }

  override emit<T>(
    topic: TopicDefinition<T>,
    payload: NoInfer<T> | PochtaRecord<NoInfer<T>>,
  ): Observable<undefined>;
  override emit<TResult = Untyped, TInput = Untyped>(pattern: MsPattern, data: TInput): Observable<TResult>;
  override emit(pattern: unknown, data: unknown): Observable<unknown> {
    const outcome = new AsyncSubject<undefined>();
    this.#emit(pattern, data).then(
      () => {
        outcome.next(undefined);
        outcome.complete();
      },
      (error: unknown) => {
        if (!outcome.observed) this.#unheard.tell(pattern, error);
        outcome.error(error);
      },
    );
    return outcome;
  }

  override send<T, R>(
    topic: TopicDefinition<T, R>,
    payload: NoInfer<T> | PochtaRecord<NoInfer<T>>,
  ): Observable<R>;
  override send<TResult = Untyped, TInput = Untyped>(pattern: MsPattern, data: TInput): Observable<TResult>;
  override send(pattern: unknown, data: unknown): Observable<unknown> {
    if (isNil(pattern) || isNil(data)) return super.send(pattern, data);
    return new Observable((observer) => {
      try {
        const { topic, value, options } = this.#outgoing(pattern, data, sendOptions);
        return this.#requests.start(topic, value, options, observer);
      } catch (error) {
        observer.error(error);
        return undefined;
      }
    });
  }

  /**
   * Publishes. Resolves once the broker has confirmed that the message is stored. Rejects as `Client.publish`, with
   * `VALIDATION_FAILED` when the class of the topic refuses the payload, and with what the codec throws.
   */
  publish<T>(topic: TopicDefinition<T>, payload: NoInfer<T>, options?: PublishOptions): Promise<void>;
  publish(topic: string, payload: unknown, options?: PublishOptions): Promise<void>;
  /** @internal As Nest's base class has it. */
  publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void;
  override publish(
    topic: AnyTopic | ReadPacket,
    payload: unknown,
    options?: PublishOptions,
  ): Promise<void> | (() => void) {
    if (typeof payload === 'function' && !isTopicDefinition(topic) && typeof topic !== 'string')
      return this.#answer(topic as ReadPacket, payload as (packet: WritePacket) => void);
    return this.#publishes.publish(topic as AnyTopic, payload, options);
  }

  /** Publishes in order. Rejects with `PublishManyError`, which says which failed; all others are stored. */
  publishMany<T>(
    topic: TopicDefinition<T>,
    payloads: readonly NoInfer<T>[],
    options?: PublishManyOptions,
  ): Promise<void>;
  publishMany(topic: string, payloads: readonly unknown[], options?: PublishManyOptions): Promise<void>;
  publishMany(topic: AnyTopic, payloads: readonly unknown[], options?: PublishManyOptions): Promise<void> {
    return this.#publishes.publishMany(topic, payloads, options);
  }

  /** Asks whoever responds. Resolves with the reply, or the first part of it; rejects as `send` errors. */
  request<T, R>(topic: TopicDefinition<T, R>, payload: NoInfer<T>, options?: RequestOptions): Promise<R>;
  request<R = unknown>(topic: string, payload: unknown, options?: RequestOptions): Promise<R>;
  request(topic: AnyTopic, payload: unknown, options?: RequestOptions): Promise<unknown> {
    return firstValueFrom(this.#request(topic, payload, options), { defaultValue: undefined });
  }

  /** As `request`, with each part of the reply; one request for each subscription. */
  requestMany<T, R>(
    topic: TopicDefinition<T, R>,
    payload: NoInfer<T>,
    options?: RequestOptions,
  ): Observable<R>;
  requestMany<R = unknown>(topic: string, payload: unknown, options?: RequestOptions): Observable<R>;
  requestMany(topic: AnyTopic, payload: unknown, options?: RequestOptions): Observable<unknown> {
    return this.#request(topic, payload, options);
  }

  /** Publishes, and acks of messages that came over this connection, all together or not at all: see `Client.transaction`. */
  transaction(
    gather: (transaction: TopicTransaction) => void | Promise<void>,
    options?: TransactionOptions,
  ): Promise<void> {
    return runTransaction(this.connection, gather, options);
  }

  /** A publisher for one topic. */
  topic<T, R>(topic: TopicDefinition<T, R>): TopicPublisher<T, R> {
    return new TopicPublisher(this, topic);
  }

  protected override async dispatchEvent<T = unknown>({ pattern, data }: ReadPacket): Promise<T> {
    await this.#emit(pattern, data);
    return undefined as T;
  }

  async #finish(timeout: number): Promise<void> {
    const left = timeLeft(timeout);
    await this.#publishes.settled(timeout);
    await this.connection.drain({ timeout: left() });
  }

  #emit(pattern: unknown, data: unknown): Promise<void> {
    // Refused, as with any of Nest's clients.
    if (isNil(pattern) || isNil(data)) return lastValueFrom(super.emit<undefined>(pattern, data));
    try {
      const { topic, value, options } = this.#outgoing(pattern, data, emitOptions);
      return this.#publishes.publish(topic, value, options);
    } catch (error) {
      return rejected(error);
    }
  }

  #request(topic: AnyTopic, payload: unknown, options: RequestOptions = {}): Observable<unknown> {
    const { signal, ...rest } = options;
    return new Observable((observer) => {
      if (signal === undefined) return this.#requests.start(topic, payload, rest, observer);
      const abort = () => observer.error(errorFor('ABORTED', undefined, { cause: signal.reason }));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      const stop = this.#requests.start(topic, payload, rest, observer);
      return () => {
        signal.removeEventListener('abort', abort);
        stop();
      };
    });
  }

  #answer({ pattern, data }: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const reply = this.send(pattern as MsPattern, data).subscribe({
      next: (response) => callback({ response }),
      error: (err: unknown) => callback({ err }),
      complete: () => callback({ isDisposed: true }),
    });
    return () => reply.unsubscribe();
  }

  /** Throws `INVALID_FRAME`. */
  #topicOf(pattern: unknown): string {
    checkPattern(pattern);
    return patternTopic(this.normalizePattern(pattern as string));
  }

  /** What to send where: of the data or the record, and of the metadata that Nest's dispatch hook adds. */
  #outgoing<O extends { headers?: Readonly<Record<string, string>> }>(
    pattern: unknown,
    data: unknown,
    optionsOf: (record: PochtaRecord) => O,
  ): { topic: AnyTopic; value: unknown; options: O | undefined } {
    const topic = isTopicDefinition(pattern) ? pattern : this.#topicOf(pattern);
    const record = data instanceof PochtaRecord ? data : undefined;
    const value: unknown = record === undefined ? data : record.data;
    const options = record && optionsOf(record);
    if (this.onDispatchHook === undefined) return { topic, value, options };
    const packet: ReadPacket = { pattern, data };
    this.onDispatchHook(packet);
    const { metadata } = packet;
    if (metadata === undefined) return { topic, value, options };
    const headers = { ...metadata, ...options?.headers };
    return { topic, value, options: { ...options, headers } as O };
  }
}

function isNil(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isConnection(value: PochtaConnection | PochtaConnectionOptions): value is PochtaConnection {
  return typeof value === 'object' && value !== null && 'status$' in value;
}

import { errorFor, validateRequestTopic, validateTopicFilter, type PochtaError } from '@pochta/protocol';
import { checkTopic } from './argument-checks';
import {
  DEFAULT_DRAIN_TIMEOUT,
  type Client,
  type ClientStatus,
  type DrainOptions,
  type DrainResult,
  type WaitOptions,
} from './client';
import type { ClientEvents } from './client-events';
import type { ResolvedOptions } from './connection/connect-options';
import type { Connection } from './connection/connection';
import { Connector } from './connection/connector';
import { ReconnectPolicy } from './connection/reconnect-policy';
import { ServerList } from './connection/server-list';
import { Deadlines } from './deadlines';
import { EventListeners } from './event-listeners';
import { parseMessage, RawPayload } from './payload';
import type { PublishManyOptions, PublishOptions, RawPublishOptions } from './publish/publish-options';
import type {
  RawRequestOptions,
  ReplyHandler,
  RequestHandler,
  RequestObserver,
  RequestOptions,
  RespondOptions,
  Responder,
} from './requests/requests';
import type { GroupSubscribeOptions, GroupSubscription } from './subscriptions/groups/consumer-group';
import type { SubscribeOptions, Subscription } from './subscriptions/subscription';
import { Traffic } from './traffic';
import type { Transaction, TransactionOptions } from './transactions/transaction';

const NO_OPTIONS: RequestOptions = {};

/** The client: who is connected to whom, and what happens when that changes. */
export class PochtaClient implements Client {
  readonly name: string;
  readonly closed: Promise<PochtaError | undefined>;
  readonly #options: ResolvedOptions;
  readonly #deadlines = new Deadlines();
  readonly #listeners = new EventListeners();
  readonly #traffic: Traffic;
  readonly #connector: Connector;
  #status: ClientStatus = 'connecting';
  #resolveClosed!: (reason: PochtaError | undefined) => void;
  #onFirstConnection: (() => void) | undefined;
  #draining: Promise<void> | undefined;
  /** What was unfinished when the client closed. */
  #left: DrainResult = { unconfirmed: 0, handling: 0, unanswered: 0 };

  /** Throws `INVALID_CONFIG`. */
  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.name = options.name;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const deadlines = this.#deadlines;
    const policy = new ReconnectPolicy(options.reconnect);
    this.#traffic = new Traffic({
      ...options,
      deadlines,
      policy,
      listeners: this.#listeners,
      onLost: (server, reason) => this.#lost(server, reason),
    });
    this.#connector = new Connector(
      {
        servers: new ServerList(options),
        policy,
        connection: { ...options, deadlines },
        persistent: options.waitForFirstConnection,
      },
      {
        onConnected: (connection) => this.#connected(connection),
        onAttemptFailed: (server, reason, attempt, delay) =>
          this.#listeners.tell('attemptFailed', { server, reason, attempt, delay }),
        onGaveUp: (reason) => this.#close(reason),
      },
    );
  }

  get status(): ClientStatus {
    return this.#status;
  }

  get server(): string | undefined {
    return this.#traffic.server;
  }

  get unconfirmed(): number {
    return this.#traffic.unconfirmed;
  }

  /** Resolves when connected for the first time; rejects, closed, when that is given up. */
  open(signal: AbortSignal | undefined): Promise<this> {
    return new Promise((resolve, reject) => {
      const abort = () => this.#close(errorFor('ABORTED', undefined, { cause: signal?.reason }));
      this.#onFirstConnection = () => {
        signal?.removeEventListener('abort', abort);
        resolve(this);
      };
      void this.closed.then((reason) => {
        signal?.removeEventListener('abort', abort);
        reject(reason ?? errorFor('CONNECTION_CLOSED'));
      });
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort);
      this.#connector.start();
    });
  }

  publish(topic: string, value: unknown, options?: PublishOptions): Promise<void> {
    return this.#traffic.intake.publish(topic, value, options);
  }

  publishRaw(topic: string, bytes: Uint8Array, options?: RawPublishOptions): Promise<void> {
    return this.#traffic.intake.publishRaw(topic, bytes, options);
  }

  publishMany(topic: string, values: readonly unknown[], options?: PublishManyOptions): Promise<void> {
    return this.#traffic.intake.publishMany(topic, values, options);
  }

  flush(options: WaitOptions = {}): Promise<void> {
    return this.#traffic.intake.flush(options);
  }

  async transaction(
    gather: (transaction: Transaction) => void | Promise<void>,
    options: TransactionOptions = {},
  ): Promise<void> {
    this.#checkOpen();
    await this.#traffic.transactions.run(gather, options);
  }

  subscribe<T>(topic: string, options: GroupSubscribeOptions<T>): Promise<GroupSubscription<T>>;
  subscribe<T>(topic: string, options?: SubscribeOptions<T>): Promise<Subscription<T>>;
  async subscribe(
    topic: string,
    options: SubscribeOptions | GroupSubscribeOptions = {},
  ): Promise<Subscription | GroupSubscription> {
    this.#checkOpen({ evenDraining: false });
    checkTopic(topic, validateTopicFilter);
    const { subscriptions } = this.#traffic;
    if (options.group === undefined) return subscriptions.subscribe(topic, options);
    return subscriptions.join(topic, options);
  }

  async get<T>(topic: string, { signal }: WaitOptions = {}): Promise<T | undefined> {
    this.#checkOpen();
    checkTopic(topic);
    const timeout = this.#options.requestTimeout;
    const { calls } = this.#traffic;
    const answer = await calls.ask((id) => ({ action: 'get', id, topic }), { timeout, signal });
    return answer.code === 'NO_MESSAGES' ? undefined : (parseMessage(answer.message) as T);
  }

  async request<T>(topic: string, value: unknown, options: RequestOptions = {}): Promise<T> {
    this.#checkOpen();
    checkTopic(topic, validateRequestTopic);
    return (await this.#traffic.requester.request(topic, value, options))?.value as T;
  }

  async requestRaw(
    topic: string,
    bytes: Uint8Array,
    options: RawRequestOptions = {},
  ): Promise<RawPayload | undefined> {
    this.#checkOpen();
    checkTopic(topic, validateRequestTopic);
    return this.#traffic.requester.request(topic, new RawPayload(bytes, options.contentType), options);
  }

  async *requestMany<T>(topic: string, value: unknown, options: RequestOptions = {}): AsyncGenerator<T> {
    this.#checkOpen();
    checkTopic(topic, validateRequestTopic);
    for await (const part of this.#traffic.requester.requestMany(topic, value, options))
      yield part.value as T;
  }

  async *requestManyRaw(
    topic: string,
    bytes: Uint8Array,
    options: RawRequestOptions = {},
  ): AsyncGenerator<RawPayload> {
    this.#checkOpen();
    checkTopic(topic, validateRequestTopic);
    const payload = new RawPayload(bytes, options.contentType);
    yield* this.#traffic.requester.requestMany(topic, payload, options);
  }

  startRequest(
    topic: string,
    value: unknown,
    observer: RequestObserver,
    options: RequestOptions = NO_OPTIONS,
  ): () => void {
    this.#checkOpen();
    checkTopic(topic, validateRequestTopic);
    return this.#traffic.requester.start(topic, value, observer, options);
  }

  async respond<T>(
    topic: string,
    handler: RequestHandler<T>,
    options: RespondOptions = {},
  ): Promise<Responder> {
    this.#checkOpen({ evenDraining: false });
    checkTopic(topic);
    return this.#traffic.responders.respond(topic, handler as RequestHandler, options);
  }

  async respondWith<T>(
    topic: string,
    handler: ReplyHandler<T>,
    options: RespondOptions = {},
  ): Promise<Responder> {
    this.#checkOpen({ evenDraining: false });
    checkTopic(topic);
    return this.#traffic.responders.respondWith(topic, handler as ReplyHandler, options);
  }

  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#listeners.add(event, listener);
  }

  async drain({ timeout = DEFAULT_DRAIN_TIMEOUT, signal }: DrainOptions = {}): Promise<DrainResult> {
    if (this.#status === 'closed') return this.#left;
    this.#status = 'draining';
    this.#draining ??= this.#traffic.finish();
    const deadline = this.#deadlines.after(timeout, () => this.#close());
    const abort = () => this.#close();
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    await Promise.race([this.#draining, this.closed]);
    signal?.removeEventListener('abort', abort);
    deadline.cancel();
    this.#close();
    return this.#left;
  }

  close(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  #connected(connection: Connection): void {
    const first = this.#status === 'connecting';
    if (this.#status !== 'draining') this.#status = 'connected';
    if (!this.#traffic.connected(connection)) return;
    if (first) this.#onFirstConnection?.();
    else this.#listeners.tell('reconnected', { server: connection.server });
  }

  #lost(server: string, reason: PochtaError): void {
    if (this.#status !== 'draining') this.#status = 'reconnecting';
    const reconnecting = this.#connector.restart();
    this.#listeners.tell('disconnected', { server, reason, reconnecting });
    if (!reconnecting) this.#close(reason);
  }

  #checkOpen({ evenDraining = true } = {}): void {
    if (this.#status === 'closed') throw errorFor('CONNECTION_CLOSED');
    if (this.#status === 'draining' && !evenDraining)
      throw errorFor('CONNECTION_CLOSED', 'The client is draining');
  }

  #close(reason?: PochtaError): void {
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    this.#left = this.#traffic.unfinished;
    this.#connector.stop();
    this.#traffic.close(reason);
    this.#deadlines.clear();
    this.#resolveClosed(reason);
    this.#listeners.tell('closed', { reason });
    this.#listeners.clear();
  }
}

import {
  errorFor,
  validateTopicFilter,
  type BrokerFrame,
  type ClientFrame,
  type ErrorAnswer,
  type PochtaError,
  type Push,
} from '@pochta/protocol';
import { Calls } from './calls';
import type { Client, ClientStatus, DrainOptions, WaitOptions } from './client';
import type { ClientEvents } from './client-events';
import type { ResolvedOptions } from './connect-options';
import type { Connection, ConnectionListener } from './connection';
import { Connector } from './connector';
import { Deadlines } from './deadlines';
import { answerError } from './errors';
import { EventListeners } from './event-listeners';
import { parseMessage } from './payload';
import { PublishIntake, checkTopic } from './publish-intake';
import type { PublishManyOptions, PublishOptions } from './publish-options';
import { Publisher } from './publisher';
import { ReconnectPolicy } from './reconnect-policy';
import { Requester } from './requester';
import { Responders } from './responders';
import type { RequestHandler, RequestOptions, RespondOptions, Responder } from './requests';
import { ServerList } from './server-list';
import type { SubscribeOptions, Subscription } from './subscription';
import { Subscriptions } from './subscriptions';

/** ms that the broker has to hang up after the last frame of a drain. */
const GOODBYE_TIMEOUT = 1000;

/** Errors without an id that are about the connection, not about a publish. All that is unconfirmed is sent again. */
const ABOUT_THE_CONNECTION: ReadonlySet<string> = new Set([
  'SHUTTING_DOWN',
  'TOO_MANY_CONNECTIONS',
  'FRAME_TIMEOUT',
  'UNKNOWN_CODEC',
]);

/** The client: who is connected to whom, and what happens when that changes. */
export class PochtaClient implements Client, ConnectionListener {
  readonly name: string;
  readonly closed: Promise<PochtaError | undefined>;
  readonly #options: ResolvedOptions;
  readonly #deadlines = new Deadlines();
  readonly #listeners = new EventListeners();
  readonly #publisher: Publisher;
  readonly #intake: PublishIntake;
  readonly #calls: Calls;
  readonly #requester: Requester;
  readonly #subscriptions: Subscriptions;
  readonly #responders: Responders;
  readonly #connector: Connector;
  #status: ClientStatus = 'connecting';
  #connection: Connection | undefined;
  #resolveClosed!: (reason: PochtaError | undefined) => void;
  #onFirstConnection: (() => void) | undefined;
  #draining: Promise<void> | undefined;
  /** All is done; that the connection ends now is no loss. */
  #leaving = false;

  /** Throws `INVALID_CONFIG`. */
  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.name = options.name;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const deadlines = this.#deadlines;
    this.#calls = new Calls(deadlines);
    this.#publisher = new Publisher({ ...options, deadlines, onPending: () => this.#connection?.wake() });
    this.#intake = new PublishIntake(this.#publisher);
    this.#requester = new Requester(this.#calls, options.requestTimeout);
    const shared = { calls: this.#calls, deadlines, requestTimeout: options.requestTimeout };
    const policy = new ReconnectPolicy(options.reconnect);
    this.#subscriptions = new Subscriptions({
      ...shared,
      policy,
      maxFrameBytes: options.maxFrameBytes,
      onGap: (gap) => this.#tellGap(gap),
      onHandlerFailed: (topic, error) => this.#listeners.handlerFailed(topic, error),
    });
    this.#responders = new Responders(shared);
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
    return this.#connection?.server;
  }

  get unconfirmed(): number {
    return this.#publisher.unconfirmed;
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
    return this.#intake.publish(topic, value, options);
  }

  publishRaw(topic: string, json: Uint8Array, options?: PublishOptions): Promise<void> {
    return this.#intake.publishRaw(topic, json, options);
  }

  publishMany(topic: string, values: readonly unknown[], options?: PublishManyOptions): Promise<void> {
    return this.#intake.publishMany(topic, values, options);
  }

  flush(options: WaitOptions = {}): Promise<void> {
    return this.#intake.flush(options);
  }

  async subscribe<T>(topic: string, options: SubscribeOptions<T> = {}): Promise<Subscription<T>> {
    this.#checkOpen({ evenDraining: false });
    checkTopic(topic, validateTopicFilter);
    return this.#subscriptions.subscribe(topic, options);
  }

  async get<T>(topic: string, { signal }: WaitOptions = {}): Promise<T | undefined> {
    this.#checkOpen();
    checkTopic(topic);
    const timeout = this.#options.requestTimeout;
    const answer = await this.#calls.ask((id) => ({ action: 'get', id, topic }), { timeout, signal });
    return answer.code === 'NO_MESSAGES' ? undefined : (parseMessage(answer.message) as T);
  }

  async request<T>(topic: string, value: unknown, options: RequestOptions = {}): Promise<T> {
    this.#checkOpen();
    checkTopic(topic);
    return (await this.#requester.request(topic, value, options)) as T;
  }

  async *requestMany<T>(topic: string, value: unknown, options: RequestOptions = {}): AsyncGenerator<T> {
    this.#checkOpen();
    checkTopic(topic);
    yield* this.#requester.requestMany(topic, value, options) as AsyncGenerator<T>;
  }

  async respond<T>(
    topic: string,
    handler: RequestHandler<T>,
    options: RespondOptions = {},
  ): Promise<Responder> {
    this.#checkOpen({ evenDraining: false });
    checkTopic(topic);
    return this.#responders.respond(topic, handler as RequestHandler, options);
  }

  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#listeners.add(event, listener);
  }

  async drain({ timeout = 30_000, signal }: DrainOptions = {}): Promise<void> {
    if (this.#status === 'closed') return;
    this.#status = 'draining';
    this.#draining ??= this.#finish();
    const deadline = this.#deadlines.after(timeout, () => this.#close());
    const abort = () => this.#close();
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    await Promise.race([this.#draining, this.closed]);
    signal?.removeEventListener('abort', abort);
    deadline.cancel();
    this.#close();
  }

  close(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  /** @internal The connection asks, as for all that follows up to `onLost`. */
  get pending(): boolean {
    return this.#publisher.pending;
  }

  onWritable(): void {
    if (this.#connection !== undefined) this.#publisher.writeTo(this.#connection);
  }

  onConfirms(count: number): void {
    if (!this.#publisher.confirm(count)) this.#distrust('a confirm came for which there was no publish');
  }

  onPush(push: Push): void {
    this.#subscriptions.onPush(push);
  }

  onFrame(frame: BrokerFrame): void {
    switch (frame.type) {
      case 'gap':
        return this.#subscriptions.onGapFrame(frame);
      case 'request':
        return this.#responders.onRequest(frame);
      case 'cancel':
        return this.#responders.onCancel(frame);
      case 'success':
        if (frame.id === undefined) return this.#distrust('an answer came that is no confirm and has no id');
        return this.#calls.answered(frame);
      case 'error':
        if (frame.id === undefined) return this.#publishRefused(frame);
        return this.#calls.answered(frame);
    }
  }

  onPing(): void {
    this.#publisher.markPing();
  }

  onPong(): void {
    if (!this.#publisher.checkPong()) this.#distrust('a publish was never answered');
  }

  onLost(reason: PochtaError): void {
    const server = this.#connection!.server;
    this.#connection = undefined;
    if (this.#status === 'closed' || this.#leaving) return;
    this.#publisher.connectionLost();
    // Before the calls fail: what was on its way back is not over because its call is.
    this.#subscriptions.connectionLost();
    this.#responders.connectionLost();
    this.#calls.connectionLost();
    if (this.#status !== 'draining') this.#status = 'reconnecting';
    const reconnecting = this.#connector.restart();
    this.#listeners.tell('disconnected', { server, reason, reconnecting });
    if (!reconnecting) this.#close(reason);
  }

  #connected(connection: Connection): void {
    this.#connection = connection;
    const first = this.#status === 'connecting';
    if (this.#status !== 'draining') this.#status = 'connected';
    const direct = (frame: ClientFrame) => connection.send(frame);
    // First what comes in again, then the publishes that waited, then, behind them, the calls that did.
    this.#calls.sendThrough(direct);
    this.#responders.connected(direct);
    this.#subscriptions.connected();
    this.#calls.sendThrough((frame) => {
      this.#publisher.writeTo(connection, Infinity);
      connection.send(frame);
    });
    this.#calls.writeWaiting();
    connection.attach(this);
    if (this.#connection !== connection) return;
    if (first) this.#onFirstConnection?.();
    else this.#listeners.tell('reconnected', { server: connection.server });
  }

  #publishRefused(frame: ErrorAnswer): void {
    const error = answerError(frame);
    if (error.code === 'FRAME_TOO_LARGE') {
      this.#publisher.refuseLargest(error, this.#calls.largest);
      this.#subscriptions.frameRefused();
      this.#connection?.drop(error);
    } else if (ABOUT_THE_CONNECTION.has(error.code) || !this.#publisher.refuse(error)) {
      this.#connection?.drop(error);
    }
  }

  /** The broker broke the protocol: nothing on this connection can be relied on any more. */
  #distrust(text: string): void {
    this.#connection?.drop(errorFor('CONNECTION_FAILED', `the broker broke the protocol: ${text}`));
  }

  #tellGap(gap: ClientEvents['gap']): void {
    if (this.#listeners.tell('gap', gap)) return;
    const { topic, from, to, reason } = gap;
    process.emitWarning(
      `${this.name}: messages ${from} to ${to} of ${topic} were missed (${reason})`,
      'PochtaGap',
    );
  }

  #checkOpen({ evenDraining = true } = {}): void {
    if (this.#status === 'closed') throw errorFor('CONNECTION_CLOSED');
    if (this.#status === 'draining' && !evenDraining)
      throw errorFor('CONNECTION_CLOSED', 'The client is draining');
  }

  /** Consumers first, for what they do may publish; then the answers to what is on its way. Never rejects. */
  async #finish(): Promise<void> {
    await Promise.all([this.#subscriptions.drain(), this.#responders.drain()]);
    this.#intake.close(errorFor('CONNECTION_CLOSED', 'The client is draining'));
    await this.#intake.flush({});
    await new Promise<void>((resolve) => this.#calls.whenIdle(resolve));
    this.#leaving = true;
    await this.#connection?.end(GOODBYE_TIMEOUT);
  }

  #close(reason?: PochtaError): void {
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    const error = reason ?? errorFor('CONNECTION_CLOSED');
    this.#connector.stop();
    this.#intake.close(error);
    this.#publisher.close(error);
    this.#subscriptions.close(reason);
    this.#responders.close();
    this.#calls.close(error);
    this.#connection?.drop(error);
    this.#deadlines.clear();
    this.#resolveClosed(reason);
    this.#listeners.tell('closed', { reason });
    this.#listeners.clear();
  }
}

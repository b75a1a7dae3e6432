import { setMaxListeners } from 'node:events';
import { Logger } from '@nestjs/common';
import {
  type BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import { errorFor, PochtaError } from '@pochta/protocol';
import type { Client } from '@pochta/client';
import type { Subscription } from 'rxjs';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { PochtaStatus } from '../connections/pochta-status';
import { createConnection } from '../connections/shared-connection';
import { timeLeft } from '../connections/time-left';
import { type ProcessingHooks, withHooks } from '../handlers/processing-hooks';
import { patternTopic } from '../topics/pattern-topic';
import { bindingLines } from './binding-lines';
import { HandlerList } from './bindings';
import type { Consumer } from './consumer';
import { ConsumerUpkeep } from './consumer-upkeep';
import { consumersOf } from './consumers';
import type { HandlerCounts } from './handler-counts';
import type { PochtaServerOptions } from './pochta-server-options';
import { checkServerOptions, connectionOptions } from './server-settings';
import { POCHTA } from './transport-id';

export type PochtaServerEvents = {
  /** The handlers are subscribed. */
  listening: () => void;
  /** The strategy has closed. */
  close: () => void;
};

/**
 * Pochta as the transport of a Nest app: its handlers consume topics and answer requests.
 *
 * ```ts
 * const strategy = new PochtaServer({ port: 8888, group: 'billing' });
 * const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, { strategy });
 * ```
 *
 * - `@EventPattern` and `@Subscribe` handlers are members of a consumer group: a message is acked when the handler, or
 *   its promise or observable, is done; when it throws, the message comes again after the group's backoff, and becomes a
 *   dead letter after its last delivery. `PochtaRetry` and `PochtaTerminate` say otherwise.
 * - `@MessagePattern` handlers answer requests, several values of an observable as parts of the reply.
 *
 * `listen` fails with `INVALID_CONFIG` for handlers that cannot be bound (all of them named), with `GROUP_MISMATCH` for
 * options that contradict a group that exists, and with whatever else the broker refuses.
 */
export class PochtaServer
  extends Server<PochtaServerEvents, PochtaStatus>
  implements CustomTransportStrategy
{
  override readonly transportId: symbol;
  /** Failures are logged here, with what becomes of the message. */
  override readonly propagatesEventHandlerErrors = true;
  readonly connection: PochtaConnection;
  readonly #logger = new Logger(PochtaServer.name);
  readonly #options: PochtaServerOptions;
  readonly #handlers = new HandlerList();
  readonly #listeners: Partial<PochtaServerEvents>[] = [];
  readonly #abort = new AbortController();
  readonly #statuses: Subscription;
  readonly #plainStart = this.onProcessingStartHook;
  #consumers: readonly Consumer[] = [];
  #upkeep: ConsumerUpkeep | undefined;
  #closing: Promise<void> | undefined;

  /** Throws `INVALID_CONFIG` for options that make no sense, and for those of a connection beside a connection. */
  constructor(options: PochtaServerOptions = {}) {
    super();
    checkServerOptions(options, new.target as never);
    this.#options = options;
    // Every subscription listens, and handlers may.
    setMaxListeners(0, this.#abort.signal);
    this.transportId = options.transportId ?? POCHTA;
    this.connection = options.connection ?? createConnection(connectionOptions(options));
    this.#statuses = this.connection.status$.subscribe((status) => this._status$.next(status));
  }

  /** What became of the messages of each handler, since the start. */
  get counts(): readonly HandlerCounts[] {
    return this.#consumers.flatMap(({ counts }) => counts);
  }

  override addHandler(
    pattern: unknown,
    handler: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    handler.isEventHandler = isEventHandler;
    handler.extras = extras;
    const topic = patternTopic(this.normalizePattern(pattern as string));
    this.#handlers.add(topic, handler);
    this.messageHandlers.set(topic, handler);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    let lines: readonly string[];
    try {
      const bindings = this.#handlers.bind(this.#options, this.connection);
      lines = bindingLines(bindings);
      this.#consumers = consumersOf(bindings, this.#options, {
        connection: this.connection,
        call: withHooks(this.#hooks()),
        logger: this.#logger,
        signal: this.#abort.signal,
      });
      const upkeep = (this.#upkeep = new ConsumerUpkeep(this.#consumers, this.connection, this.#logger));
      await upkeep.begin(await this.#client());
      if (this.#closing !== undefined)
        throw errorFor('CONNECTION_CLOSED', 'The transport was closed meanwhile');
    } catch (error) {
      await this.close();
      callback(error);
      return;
    }
    for (const line of lines) this.#logger.log(line);
    for (const { listening } of this.#listeners) listening?.();
    callback();
  }

  /**
   * Takes nothing new in, gives back what waits, and lets running handlers finish, at most `drainTimeout` ms; then closes
   * the connection, unless it is not the strategy's own. May be called twice.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#drain());
  }

  on<Name extends keyof PochtaServerEvents>(event: Name, listener: PochtaServerEvents[Name]): void {
    this.#listeners.push({ [event]: listener });
  }

  /** The client; `undefined` before the first connection. */
  unwrap<T = Client | undefined>(): T {
    return this.connection.current as T;
  }

  async #client(): Promise<Client> {
    try {
      return await this.connection.client();
    } catch (error) {
      const { waitForFirstConnection: patient = true } = this.#options;
      if (!patient || !(error instanceof PochtaError) || error.code !== 'CONNECTION_FAILED') throw error;
      this.#logger.warn(`Waiting for a broker: ${error.message}. Handlers get nothing until one answers`);
      return this.connection.client({ patient });
    }
  }

  async #drain(): Promise<void> {
    const { drainTimeout = this.connection.drainTimeout } = this.#options;
    const left = timeLeft(drainTimeout);
    this.#upkeep?.stop();
    const drained = Promise.all(this.#consumers.map((consumer) => consumer.close()));
    await this.#atMost(drainTimeout, drained);
    if (this.#options.connection === undefined) await this.connection.drain({ timeout: left() });
    this.#statuses.unsubscribe();
    for (const { close } of this.#listeners) close?.();
  }

  /** Leaves at once what takes longer: its messages come again, here or elsewhere. */
  async #atMost(drainTimeout: number, drained: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        const running = this.#consumers.reduce((sum, consumer) => sum + consumer.running, 0);
        this.#logger.warn(
          `${running} handlers were not done after ${drainTimeout} ms; their messages come again`,
        );
        this.#abort.abort();
        resolve();
      }, drainTimeout);
    });
    await Promise.race([drained, late]);
    clearTimeout(timer);
  }

  /** Nest's own start hook does nothing but cost. */
  #hooks(): ProcessingHooks {
    const server = this as PochtaServer;
    return {
      get start() {
        if (server.onProcessingStartHook === server.#plainStart) return undefined;
        return (context: BaseRpcContext, done: () => Promise<unknown>) =>
          server.onProcessingStartHook(server.transportId, context, done);
      },
      get end() {
        const end = server.onProcessingEndHook as typeof server.onProcessingEndHook | undefined;
        return end && ((context: BaseRpcContext) => end(server.transportId, context));
      },
    };
  }
}

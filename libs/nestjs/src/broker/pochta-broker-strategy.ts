import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { DEFAULT_SERVER_LIMITS, PochtaServer } from '@pochta/server';
import { withHooks } from '../handlers/processing-hooks';
import { DEFAULT_HANDLER_LIMITS, type PochtaBrokerOptions } from './broker-options';
import { EventSubscriber } from './event-subscriber';
import { HandlerTable } from './handler-table';
import { NestLog } from './nest-log';
import { RequestResponder } from './request-responder';
import { TopicAcceptor } from './topic-acceptor';
import { policyOf } from './topic-policy';
import { POCHTA_BROKER } from './transport-id';

/** Nest's words for the state of a transport. */
export type PochtaBrokerStatus = 'connected' | 'disconnected';

export type PochtaBrokerEvents = {
  /** The broker takes connections. */
  listening: () => void;
  /** The broker has stopped. */
  close: () => void;
};

/**
 * A message broker as the transport of a Nest app: peers connect to it, and the app's controllers say what its topics
 * take in.
 *
 * ```ts
 * class Order { @IsString() item!: string; @IsInt() @Min(1) quantity!: number }
 *
 * @Controller()
 * class Orders {
 *   @Topic('orders.new', { maxMessages: 10_000 })    // before it is stored
 *   onPublish(@Payload() _order: Order): void {}
 *
 *   @EventPattern<string>('orders.*')                     // after it is stored
 *   onOrder(@Payload() order: Order, @Ctx() ctx: EventContext): void {}
 *
 *   @MessagePattern('orders.count')                  // a request, never stored
 *   count(): number { return 42 }
 * }
 *
 * @Module({ controllers: [Orders] })
 * class OrdersModule {}
 *
 * const strategy = new PochtaBrokerStrategy({ dataDir: './data' });
 * const app = await NestFactory.createMicroservice<MicroserviceOptions>(OrdersModule, { strategy });
 * await app.listen();
 * ```
 *
 * - `@Topic` handlers stand between a publish and the store. A topic without one never passes through Nest.
 * - `@EventPattern` handlers hear what is stored from the start of the app on, each message at most once. What they
 *   throw is logged and counted (`eventFailures`).
 * - `@MessagePattern` handlers answer requests. Several values of an observable become parts of the reply; a
 *   cancelled request unsubscribes.
 *
 * `listen` fails with `INVALID_CONFIG` for handlers that cannot be bound (all of them named), and with whatever
 * `PochtaServer.start` throws.
 */
export class PochtaBrokerStrategy
  extends Server<PochtaBrokerEvents, PochtaBrokerStatus>
  implements CustomTransportStrategy
{
  override transportId = POCHTA_BROKER;
  readonly #options: PochtaBrokerOptions & typeof DEFAULT_HANDLER_LIMITS;
  readonly #server: PochtaServer;
  readonly #handlers = new HandlerTable();
  readonly #listeners: Partial<PochtaBrokerEvents>[] = [];
  #subscribers: EventSubscriber[] = [];
  #responder: RequestResponder | undefined;
  #eventFailures = 0;
  #closing: Promise<void> | undefined;

  constructor(options: PochtaBrokerOptions = {}) {
    super();
    this.#options = { log: new NestLog(), ...DEFAULT_HANDLER_LIMITS, ...options };
    const beforeListening = async (): Promise<void> => {
      await options.beforeListening?.();
      await this.#onOpen();
    };
    this.#server = new PochtaServer({ ...this.#options, beforeListening });
  }

  /** Messages on which an `@EventPattern` handler failed, since the start. */
  get eventFailures(): number {
    return this.#eventFailures;
  }

  override addHandler(
    pattern: unknown,
    handler: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    handler.isEventHandler = isEventHandler;
    handler.extras = extras;
    const name = this.normalizePattern(pattern as string);
    this.#handlers.add(name, handler, isEventHandler);
    this.messageHandlers.set(name, handler);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.#handlers.check();
      await this.#start();
    } catch (error) {
      callback(error);
      return;
    }
    this._status$.next('connected');
    for (const { listening } of this.#listeners) listening?.();
    callback();
  }

  /** Stops to take anything in, lets what is under way finish, and closes the store. May be called twice. */
  close(): Promise<void> {
    return (this.#closing ??= this.#stop());
  }

  on<Name extends keyof PochtaBrokerEvents>(event: Name, listener: PochtaBrokerEvents[Name]): void {
    this.#listeners.push({ [event]: listener });
  }

  /** The broker's server: its addresses, and its core. */
  unwrap<T = PochtaServer>(): T {
    return this.#server as T;
  }

  async #start(): Promise<void> {
    const { broker } = this.#server;
    for (const [topic, { declaration, handler }] of this.#handlers.topics) {
      const policy = policyOf(topic, declaration.policy, this.#options);
      broker.addAcceptor(new TopicAcceptor(topic, policy, handler, this.#call, this.#options.handlerTimeout));
    }
    if (this.#handlers.requests.size > 0) {
      this.#responder = new RequestResponder(this.#handlers.requests, this.#call);
      this.#responder.open(broker);
    }
    await this.#server.start();
  }

  /** Before peers can connect, so that handlers miss nothing of what these publish. */
  async #onOpen(): Promise<void> {
    for (const [pattern, handler] of this.#handlers.events) await this.#subscribe(pattern, handler);
  }

  async #subscribe(pattern: string, handler: MessageHandler): Promise<void> {
    const onFailure = (): void => void this.#eventFailures++;
    const { maxInFlightEvents } = this.#options;
    const subscriber = new EventSubscriber(pattern, handler, this.#call, maxInFlightEvents, onFailure);
    this.#subscribers.push(subscriber);
    await subscriber.open(this.#server.broker);
  }

  async #stop(): Promise<void> {
    const handled = this.#subscribers.map((subscriber) => subscriber.close());
    await this.#server.stop();
    this.#responder?.close();
    await this.#inTime(Promise.all(handled));
    this._status$.next('disconnected');
    for (const { close } of this.#listeners) close?.();
  }

  /** Waits no longer than `stopTimeout` for handlers that may never settle. */
  async #inTime(handled: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.logger.warn('Some @EventPattern handlers had not finished when the broker stopped');
        resolve();
      }, this.#options.stopTimeout ?? DEFAULT_SERVER_LIMITS.stopTimeout);
    });
    await Promise.race([handled, late]);
    clearTimeout(timer);
  }

  /** Calls a handler between Nest's processing hooks, which tracers set. */
  readonly #call = withHooks({
    start: (context, done) => this.onProcessingStartHook(this.transportId, context, done),
    end: (context) => this.onProcessingEndHook?.(this.transportId, context),
  });
}

import { Logger } from '@nestjs/common';
import type { PublishOptions, RequestOptions } from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import { ManualClock, type PochtaServer, type ServerOptions } from '@pochta/server';
import type { Duplex } from 'node:stream';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import { portOf, serverInProcess } from '../embedded/server-in-process';
import type { TopicDefinition } from '../topics/topic-definition';
import { onFailure } from '../transport/failure-channel';
import { BrokerView } from './broker-view';
import { DeliveryJournal } from './delivery-journal';
import type { DeadLetter, HeldMessage } from './held-message';
import { TimeTravel } from './time-travel';
import { holdsWithin } from './until';

export interface TestBrokerOptions
  extends
    Omit<ServerOptions, 'clock' | 'engine' | 'observer' | 'port'>,
    Pick<PochtaConnectionOptions, 'codecs' | 'names'> {
  /** Folder of its data, to be kept over a `restart`. Default: everything is in memory. */
  readonly dataDir?: string;
  /** Port for other processes; 0 takes a free one. Default: none. */
  readonly port?: number;
}

export interface WaitOptions {
  /** ms of real time after which the wait fails; default 2,000. */
  readonly timeout?: number;
}

export interface DeliveredOptions extends WaitOptions {
  /** Default: all groups of the topic, one at least. */
  readonly group?: string;
  /** So many messages are acked since the broker was empty. Default: all that were published, one at least. */
  readonly count?: number;
}

export interface AdvanceOptions {
  /** ms of real time that handlers get to settle what they were given, before time goes on; default 500. */
  readonly patience?: number;
}

/** A topic, by its name or as it was defined. */
export type TestTopic<T, R = unknown> = string | TopicDefinition<T, R>;

const TIMEOUT = 2000;
const PATIENCE = 500;

/**
 * A broker inside a test's process, without a port, whose time stands still until it is moved. Ready in milliseconds.
 *
 * ```ts
 * const broker = await TestBroker.start();
 * const app = await withTestBroker(Test.createTestingModule({ imports: [AppModule] }), broker).compile();
 * await broker.publish('orders.created', { item: 'tea' });
 * await broker.delivered('orders.created', { group: 'billing' });
 * ```
 */
export class TestBroker {
  /** What delays, times to live, ack deadlines, backoffs and dedupe windows go by. Turned by `advance`. */
  readonly clock = new ManualClock(Date.now());
  /** Options of a connection to this broker, also after a `restart`: for `PochtaModule.forRoot` or `PochtaServer`. */
  readonly connection: { readonly socket: () => Duplex };
  readonly #options: TestBrokerOptions;
  readonly #journal = new DeliveryJournal();
  readonly #logger = new Logger('TestBroker');
  #server: PochtaServer;
  #proxy: PochtaClientProxy;
  #port: number | undefined;
  #stopListening: (() => void) | undefined;
  /** Where topics began when they were last emptied; 1 for others. */
  readonly #beginnings = new Map<string, number>();

  private constructor(options: TestBrokerOptions) {
    this.#options = options;
    this.#port = options.port;
    this.#server = this.#newServer();
    this.connection = { socket: () => this.#server.openSocket() };
    this.#proxy = this.#newProxy();
  }

  /** Throws what `PochtaServer.start` does. */
  static async start(options: TestBrokerOptions = {}): Promise<TestBroker> {
    const broker = new TestBroker(options);
    await broker.#open();
    broker.#stopListening = onFailure((failed) => broker.#journal.onFailure(failed));
    return broker;
  }

  /** For other processes; `undefined` without the `port` option. Stays after a `restart`. */
  get port(): number | undefined {
    return this.#port;
  }

  /** The broker itself. After a `restart`, it is another one. */
  get server(): PochtaServer {
    return this.#server;
  }

  /** Publishes; resolves once the message is stored. Throws as `PochtaClientProxy.publish`. */
  publish<T>(topic: TestTopic<T>, value: NoInfer<T>, options?: PublishOptions): Promise<void> {
    return this.#proxy.publish(topic as string, value, options);
  }

  /** Asks whoever answers on the topic. Throws as `PochtaClientProxy.request`. */
  request<R = unknown, T = unknown>(
    topic: TestTopic<T, R>,
    value: NoInfer<T>,
    options?: RequestOptions,
  ): Promise<R> {
    return this.#proxy.request<R>(topic as string, value, options);
  }

  /** All that the topic holds, oldest first, acked or not. Messages with a delay are there once they are due. */
  messages<T = unknown>(topic: TestTopic<T>): Promise<HeldMessage<T>[]> {
    return this.#view.messages(this.#nameOf(topic));
  }

  /**
   * Resolves when groups have acked what was published to the topic. Messages that became dead letters do not count as
   * acked, but are not waited for. Fails after `timeout` ms, and says what is not settled: messages that failed come again
   * only when the clock is moved.
   */
  async delivered<T>(topic: TestTopic<T>, options: DeliveredOptions = {}): Promise<void> {
    const { group, count, timeout = TIMEOUT } = options;
    const name = this.#nameOf(topic);
    if (await holdsWithin(timeout, () => this.#isDelivered(name, group, count))) return;
    const what = count === undefined ? 'everything' : `${count} messages`;
    throw new Error(`${name}: ${what} not acked within ${timeout} ms; ${this.#view.report(name, group)}`);
  }

  /** The dead letters of the topic, or in the dead-letter topic of that name; oldest first. */
  deadLetters<T = unknown>(topic: TestTopic<T>): Promise<DeadLetter<T>[]> {
    return this.#view.deadLetters(this.#nameOf(topic));
  }

  /** Waits until the topic has a dead letter, and gives the oldest. Fails after `timeout` ms, as `delivered`. */
  async deadLetter<T = unknown>(
    topic: TestTopic<T>,
    { timeout = TIMEOUT }: WaitOptions = {},
  ): Promise<DeadLetter<T>> {
    let letters: DeadLetter<T>[] = [];
    const found = await holdsWithin(timeout, async () => {
      letters = await this.deadLetters(topic);
      return letters.length > 0;
    });
    if (found) return letters[0];
    const name = this.#nameOf(topic);
    throw new Error(`${name}: no dead letter within ${timeout} ms; ${this.#view.report(name)}`);
  }

  /**
   * Lets `ms` pass at once, in steps: what is due first is done before what is due next. Each step lasts until what became
   * due is stored and delivered, and handlers in this process have settled it, but no longer than `patience` ms for those
   * that are slow. So a message whose handler fails at once goes through all backoffs that fall within `ms`.
   *
   * What goes by real time does not move: `setTimeout` in the app, timeouts of requests and connections, and the client's
   * extension of the ack deadlines of handlers that run.
   *
   * Rejects with `INVALID_CONFIG` for `ms` that are not a whole number from 0.
   */
  async advance(ms: number, { patience = PATIENCE }: AdvanceOptions = {}): Promise<void> {
    if (!Number.isSafeInteger(ms) || ms < 0)
      throw errorFor('INVALID_CONFIG', `advance takes a whole number of ms from 0, not ${String(ms)}`, {
        field: 'ms',
      });
    await this.#time.advance(ms, patience);
  }

  /**
   * Empties everything: messages, delayed ones too, groups, dead letters, and the ids of the dedupe window. Topics stay, with
   * their policies; so do subscriptions, which go on with what is published next. Sequences and the clock go on. Handlers
   * that run are not waited for, and can settle nothing any more.
   */
  async reset(): Promise<void> {
    const { store, topics } = this.#server.broker;
    const known = [...store.topics()].map((name) => store.describe(name)!);
    await Promise.all(known.map(({ name }) => topics.delete(name)));
    await Promise.all(known.map(({ name, policy }) => topics.create(name, policy)));
    await this.#time.quiet(PATIENCE);
    this.#journal.clear();
    for (const { name } of known) this.#beginnings.set(name, store.describe(name)?.nextSequence ?? 1);
  }

  /**
   * Stops the broker and starts one anew: in memory it is empty then, with `dataDir` it has what it had. Clients lose their
   * connections and come back by themselves, in real time.
   */
  async restart(): Promise<void> {
    await this.#server.stop();
    if (this.#options.dataDir === undefined) {
      this.#journal.clear();
      this.#beginnings.clear();
    }
    this.#server = this.#newServer();
    await this.#open();
  }

  /**
   * Stops, and leaves no handle open. Close the app first: resolves with the connections that were open still, in words,
   * and logs them as a warning. May be called twice.
   */
  async stop(): Promise<readonly string[]> {
    await this.#proxy.close();
    this.#stopListening?.();
    const left = [...this.#server.broker.connections]
      .filter(({ peer }) => peer.inProcess !== true)
      .map(
        ({ peer, subscriptions, responders, inFlight }) =>
          `${peer.name}: ${subscriptions} subscriptions, ${responders} responders, ${inFlight} messages in flight`,
      );
    if (left.length > 0)
      this.#logger.warn(`Connections left open when the broker stopped: ${left.join('; ')}`);
    await this.#server.stop();
    return left;
  }

  get #view(): BrokerView {
    return new BrokerView(this.#server, this.#proxy.connection, this.#journal);
  }

  get #time(): TimeTravel {
    return new TimeTravel(this.#server, this.clock, this.#journal);
  }

  #nameOf<T>(topic: TestTopic<T>): string {
    return this.#proxy.connection.topicName(topic);
  }

  #isDelivered(topic: string, group: string | undefined, count: number | undefined): boolean {
    const groups = this.#view.groups(topic, group);
    if (groups.length === 0) return false;
    if (count !== undefined) return groups.every(({ name }) => this.#journal.acked(topic, name) >= count);
    const { nextSequence } = this.#server.broker.store.describe(topic)!;
    if (nextSequence <= (this.#beginnings.get(topic) ?? 1)) return false;
    return groups.every(({ inFlight, waiting, backlog }) => inFlight + waiting + backlog === 0);
  }

  #newServer(): PochtaServer {
    const { codecs: _codecs, names: _names, ...options } = this.#options;
    return serverInProcess({
      drainTimeout: PATIENCE,
      stopTimeout: TIMEOUT,
      ...options,
      port: this.#port,
      clock: this.clock,
      observer: this.#journal,
    });
  }

  #newProxy(): PochtaClientProxy {
    const { codecs, names } = this.#options;
    const reconnect = { initialDelay: 1, maxDelay: 20 };
    return new PochtaClientProxy({ ...this.connection, name: 'test', reconnect, codecs, names });
  }

  async #open(): Promise<void> {
    await this.#server.start();
    this.#port = portOf(this.#server);
  }
}

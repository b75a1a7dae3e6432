import {
  type Client,
  connect,
  type ConnectOptions,
  DEFAULT_DRAIN_TIMEOUT,
  ReconnectPolicy,
} from '@pochta/client';
import { PochtaError, errorFor } from '@pochta/protocol';
import type { Duplex } from 'node:stream';
import { BehaviorSubject, distinctUntilChanged, filter, firstValueFrom, merge, timer } from 'rxjs';
import { codecTable, type CodecTable } from '../codecs/codec-table';
import type { PayloadCodec } from '../codecs/payload-codec';
import { telemetry } from '../telemetry/process-telemetry';
import { checkDefinition } from '../topics/define-topic';
import { fillIn } from '../topics/placeholders';
import type { NamedTopic } from '../topics/topic-definition';
import { ConnectionLog } from './connection-log';
import { DEFAULT_CONNECTION, type EmbeddedOptions, type PochtaConnectionOptions } from './connection-options';
import { checkConnectionOptions } from './connection-settings';
import type { PochtaConnection, Setback } from './pochta-connection';
import type { PochtaStatus } from './pochta-status';

/** The broker of the option `embedded`. */
interface InnerBroker {
  openSocket(): Duplex;
  stop(): Promise<void>;
}

type Step = (client: Client) => void | Promise<void>;

/** Makes a connection; nothing is connected yet. Throws `INVALID_CONFIG`, which names every mistake. */
export function createConnection(
  options: PochtaConnectionOptions = {},
  name: string = options.name ?? DEFAULT_CONNECTION,
): PochtaConnection {
  checkConnectionOptions(options);
  return new SharedConnection(options, name);
}

class SharedConnection implements PochtaConnection {
  readonly codecs: CodecTable;
  readonly telemetry = telemetry();
  readonly setbacks = new Set<Setback>();
  readonly #definedCodecs = new Map<string, PayloadCodec>();
  readonly #status = new BehaviorSubject<PochtaStatus>('idle');
  readonly status$ = this.#status.pipe(distinctUntilChanged());
  readonly #log: ConnectionLog;
  readonly #stop = new AbortController();
  readonly #steps: Step[] = [];
  #embedded: InnerBroker | undefined;
  #client: Client | undefined;
  #attempt: Promise<Client> | undefined;
  #patience: Promise<Client> | undefined;
  #drained: Promise<void> | undefined;

  constructor(
    readonly options: PochtaConnectionOptions,
    readonly name: string,
  ) {
    this.codecs = codecTable(options.codecs, this.#definedCodecs);
    this.#log = new ConnectionLog(name);
  }

  get status(): PochtaStatus {
    return this.#status.value;
  }

  get current(): Client | undefined {
    return this.#client;
  }

  client({ patient = false } = {}): Promise<Client> {
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    if (this.#drained !== undefined) return Promise.reject(errorFor('CONNECTION_CLOSED'));
    if (patient) return (this.#patience ??= this.#persist().finally(() => (this.#patience = undefined)));
    return (this.#attempt ??= this.#connect().finally(() => (this.#attempt = undefined)));
  }

  topicName(topic: string | NamedTopic): string {
    if (typeof topic === 'string') return fillIn(topic, this.options.names ?? {});
    checkDefinition(topic);
    const name = fillIn(topic.name, this.options.names ?? {});
    if (topic.codec !== undefined) this.#definedCodecs.set(name, topic.codec);
    return name;
  }

  async prepare(step: Step): Promise<void> {
    this.#steps.push(step);
    if (this.#client !== undefined) await this.#take(step, this.#client);
  }

  get drainTimeout(): number {
    return this.options.drainTimeout ?? DEFAULT_DRAIN_TIMEOUT;
  }

  drain({ timeout = this.drainTimeout } = {}): Promise<void> {
    return (this.#drained ??= this.#finish(timeout));
  }

  async #connect(): Promise<Client> {
    this.#status.next('connecting');
    let client: Client;
    try {
      client = await connect({ ...(await this.#clientOptions()), signal: this.#stop.signal });
    } catch (error) {
      if (this.#drained !== undefined) throw errorFor('CONNECTION_CLOSED', undefined, { cause: error });
      this.#log.attemptFailed((error as Error).message);
      this.#status.next('idle');
      throw error;
    }
    this.#log.connected(client.server);
    this.#listenTo(client);
    await Promise.all(this.#steps.map((step) => this.#take(step, client)));
    if (client.status === 'closed') throw errorFor('CONNECTION_CLOSED');
    this.#client = client;
    if (this.#drained === undefined) this.#status.next(client.status);
    return client;
  }

  /** Tries again and again, as after a lost connection. */
  async #persist(): Promise<Client> {
    const policy = new ReconnectPolicy(this.options.reconnect);
    for (let failures = 0; ; failures++) {
      try {
        return await this.client();
      } catch (error) {
        const over = failures + 1 >= policy.maxAttempts;
        if (over || !(error instanceof PochtaError) || error.code !== 'CONNECTION_FAILED') throw error;
      }
      // Somebody else may connect in the meantime, or close.
      const decided = this.#status.pipe(filter((status) => status !== 'idle' && status !== 'connecting'));
      await firstValueFrom(merge(timer(policy.delay(failures)), decided));
    }
  }

  #listenTo(client: Client): void {
    this.#log.listenTo(client);
    client.on('disconnected', () => this.#changed('reconnecting'));
    client.on('reconnected', () => this.#changed('connected'));
    client.on('closed', () => {
      this.#client = undefined;
      // One that gave up is connected anew when it is needed again.
      this.#changed('idle');
    });
  }

  #changed(status: PochtaStatus): void {
    if (this.#drained === undefined) this.#status.next(status);
  }

  /** Never rejects. */
  async #take(step: Step, client: Client): Promise<void> {
    try {
      await step(client);
    } catch (error) {
      this.#log.stepFailed(error);
    }
  }

  async #clientOptions(): Promise<ConnectOptions> {
    const { codecs: _, names: _names, drainTimeout: _timeout, embedded, ...rest } = this.options;
    if (embedded === undefined) return rest;
    const broker = (this.#embedded ??= await startedBroker(embedded));
    return { ...rest, socket: () => broker.openSocket() };
  }

  async #finish(timeout: number): Promise<void> {
    // Only from the next turn on is `#drained` set.
    await Promise.resolve();
    this.#status.next('draining');
    this.#stop.abort();
    await this.#attempt?.catch(() => undefined);
    const left = await this.#client?.drain({ timeout });
    if (left !== undefined) this.#log.drained(left);
    this.#client = undefined;
    await this.#embedded?.stop();
    this.#status.next('closed');
  }
}

/** Loaded only here: most apps have their broker elsewhere. */
async function startedBroker(options: EmbeddedOptions): Promise<InnerBroker> {
  const { EmbeddedBroker } = await import('../embedded/embedded-broker');
  const broker = new EmbeddedBroker(options);
  await broker.start();
  return broker;
}

import { Broker } from '@pochta/broker-core';
import {
  InProcessListener,
  SHORTHAND_TOPIC,
  SILENT_LOG,
  TcpListener,
  type CodecTable,
  type ConnectionSetOptions,
  type Log,
  type TcpAddress,
} from '@pochta/listener';
import { errorFor, PayloadMemory } from '@pochta/protocol';
import { SYSTEM_CLOCK, type MessageStore } from '@pochta/storage-contract';
import type { Duplex } from 'node:stream';
import { isLoopback } from './loopback';
import { Policies } from './policies';
import { DEFAULT_SERVER_LIMITS, type ServerOptions } from './server-options';
import { codecs, ENGINES } from './wiring';

/** Where one listener takes connections. */
export interface ListenerAddress extends TcpAddress {
  readonly dialect: 'main' | 'simple';
}

const DEFAULT_PORT = 8888;
/** Most topics that one line of the log names. */
const MAX_NAMED = 10;
/** `get` on the shorthand's topic answers with all that it holds, in one frame. */
const SHORTHAND_MAX_BYTES = 4 * 1024 * 1024;

/**
 * A broker that one can start and stop: a storage engine, the core, and listeners. Starts once.
 *
 * Stopping takes nothing new in and hands nothing out any more, lets consumers settle what is in flight for at most
 * `drainTimeout`, stores and confirms what was taken in, and then ends connections and the engine.
 */
export class PochtaServer {
  /** Before `start`, acceptors can be added. */
  readonly broker: Broker;
  readonly #options: ServerOptions;
  readonly #log: Log;
  readonly #store: MessageStore;
  readonly #codecs: CodecTable;
  readonly #memory: PayloadMemory;
  readonly #ports: { readonly dialect: 'main' | 'simple'; readonly listener: TcpListener }[] = [];
  readonly #inProcess: InProcessListener;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** Throws `INVALID_CONFIG`. */
  constructor(options: ServerOptions = {}) {
    checkHost(options);
    this.#options = options;
    this.#codecs = codecs(options);
    this.#memory = options.payloadMemory ?? new PayloadMemory();
    this.#log = options.log ?? SILENT_LOG;
    const declared = {
      [SHORTHAND_TOPIC]: { overflow: 'drop-oldest', maxBytes: SHORTHAND_MAX_BYTES },
    } as const;
    const policies = new Policies(options.defaults, options.topics, declared);
    const { autoCreate = true, engine = 'lmdb', dataDir = './data', clock = SYSTEM_CLOCK } = options;
    this.#store = ENGINES[engine]({ dataDir, clock });
    this.broker = new Broker({
      store: this.#store,
      policyFor: (topic) => (autoCreate || policies.names(topic) ? policies.of(topic) : undefined),
      configuredPolicy: (topic) => policies.of(topic),
      particularsOf: (topic) => policies.particularsOf(topic),
      limits: options.brokerLimits,
      clock,
      observer: options.observer,
    });
    this.#inProcess = new InProcessListener(this.#connectionOptions());
    const { port = DEFAULT_PORT, simplePort } = options;
    if (port !== false) this.#addPort('main', port);
    if (simplePort !== undefined) this.#addPort('simple', simplePort);
  }

  /** Where it takes connections; the main port's addresses first. Empty unless it is running, and without ports. */
  get addresses(): readonly ListenerAddress[] {
    return this.#ports.flatMap(({ dialect, listener }) =>
      listener.addresses.map((address) => ({ ...address, dialect })),
    );
  }

  /** Connections at the moment, of all ports and of this process. */
  get connections(): number {
    return this.#listeners.reduce((sum, listener) => sum + listener.connections, 0);
  }

  /**
   * Connects from within this process, without a port: gives the peer's end of a new connection, which is served as any
   * other. The socket option of `@pochta/client` takes such ends. Throws `CONNECTION_FAILED` before the start, and
   * `SHUTTING_DOWN` once the broker stops.
   */
  openSocket(): Duplex {
    return this.#inProcess.openSocket();
  }

  /**
   * Throws what the engine throws (`DATA_DIR_IN_USE`, `DATA_DIR_UNUSABLE`, `DATA_VERSION_UNSUPPORTED`), or
   * `ADDRESS_UNAVAILABLE`; then nothing is left running. Throws `SHUTTING_DOWN` after `stop`.
   */
  start(): Promise<void> {
    if (this.#stopping !== undefined) return Promise.reject(errorFor('SHUTTING_DOWN'));
    return (this.#starting ??= this.#start());
  }

  /** May be called at any time, and more than once. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #start(): Promise<void> {
    try {
      await this.#store.open();
      const staying = await this.broker.open();
      if (staying.length > 0) {
        const text =
          'topics keep the storage and compaction they were created with: these cannot be changed later';
        this.#log.warn({ topics: staying.slice(0, MAX_NAMED), count: staying.length }, text);
      }
      if (this.#options.administration === true) await this.#administer();
      await this.#options.beforeListening?.();
      for (const listener of this.#listeners) await listener.open();
    } catch (error) {
      await this.#shutDown();
      throw error;
    }
    this.#log.info({ addresses: this.addresses, engine: this.#store.engine }, 'broker started');
  }

  /** What checks the requests is loaded only where it is needed: it takes a package that others can do without. */
  async #administer(): Promise<void> {
    const { AdminResponder } = await import('./administration/admin-responder');
    new AdminResponder(this.broker).open();
  }

  async #stop(): Promise<void> {
    if (this.#starting === undefined) return;
    try {
      await this.#starting;
    } catch {
      // It has cleared up after itself.
      return;
    }
    await this.#shutDown();
    this.#log.info({}, 'broker stopped');
  }

  async #shutDown(): Promise<void> {
    const {
      drainTimeout = DEFAULT_SERVER_LIMITS.drainTimeout,
      stopTimeout = DEFAULT_SERVER_LIMITS.stopTimeout,
    } = this.#options;
    for (const listener of this.#listeners) listener.drain();
    if (!(await settlesWithin(this.broker.drain(drainTimeout), drainTimeout + stopTimeout))) {
      this.#log.warn({}, 'topic handlers have not answered; their messages are neither stored nor confirmed');
    }
    await Promise.all(this.#listeners.map((listener) => listener.close(stopTimeout)));
    this.broker.disconnect();
    await this.#store.close();
  }

  /** The ports first: until they are taken, nobody connects. */
  get #listeners(): readonly (TcpListener | InProcessListener)[] {
    return [...this.#ports.map(({ listener }) => listener), this.#inProcess];
  }

  #addPort(dialect: 'main' | 'simple', port: number): void {
    const { host = 'localhost' } = this.#options;
    const listener = new TcpListener({ ...this.#connectionOptions(), dialect, host, port });
    this.#ports.push({ dialect, listener });
  }

  #connectionOptions(): ConnectionSetOptions {
    const { maxConnections = DEFAULT_SERVER_LIMITS.maxConnections } = this.#options;
    return {
      broker: this.broker,
      codecs: this.#codecs,
      limits: this.#options.wireLimits,
      hasRoom: () => this.connections < maxConnections,
      log: this.#log,
      memory: this.#memory,
    };
  }
}

async function settlesWithin(work: Promise<unknown>, timeout: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, timeout, false)));
  const settled = await Promise.race([work.then(() => true), expired]);
  clearTimeout(timer);
  return settled;
}

function checkHost({ host = 'localhost', allowAnonymous = false }: ServerOptions): void {
  if (allowAnonymous || isLoopback(host)) return;
  const text =
    `host: ${host} can be reached from other machines, and nobody has to authenticate. ` +
    'Listen on localhost, or set allowAnonymous to let everybody in';
  throw errorFor('INVALID_CONFIG', text, { field: 'host' });
}

import { connect, type Client, type CodecName, type ConnectOptions } from '../src';
import { ScriptedBroker } from './scripted-broker';

/** A scripted broker and clients of it, with short intervals; all gone after each test. */
export class Fixture {
  broker!: ScriptedBroker;
  readonly #clients: Client[] = [];
  readonly #brokers: ScriptedBroker[] = [];

  /** `codec`: what its clients speak, unless they are told otherwise. */
  constructor(private readonly codec?: CodecName) {}

  async setUp(): Promise<void> {
    this.broker = await this.startBroker();
  }

  async tearDown(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.#brokers.map((broker) => broker.stop()));
  }

  async startBroker(port?: number): Promise<ScriptedBroker> {
    const broker = await ScriptedBroker.start(port);
    this.#brokers.push(broker);
    return broker;
  }

  /** Stops the broker; `restart` starts another one on its port. */
  async stopBroker(): Promise<number> {
    const { port } = this.broker;
    await this.#brokers.splice(this.#brokers.indexOf(this.broker), 1)[0].stop();
    return port;
  }

  async connect(options: ConnectOptions = {}): Promise<Client> {
    const client = await connect({
      host: '127.0.0.1',
      port: options.port ?? this.broker.port,
      codec: this.codec,
      reconnect: { initialDelay: 1, maxDelay: 10 },
      ...options,
    });
    this.#clients.push(client);
    return client;
  }
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folders';
import { freePort } from '../ports';
import { builtApp, RunningProcess, type Exit } from './running-process';

export interface BrokerSetting {
  /** Default: a folder of its own. */
  readonly dataDir?: string;
  /** The text of `pochta.yaml`. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The built broker, run as a process: started, killed and started again on the same ports and data. */
export class BuiltBroker {
  #process: RunningProcess | undefined;

  private constructor(
    readonly port: number,
    readonly simplePort: number,
    readonly folder: string,
    readonly dataDir: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** A broker that is not running yet. */
  static async prepare({ dataDir, config, env }: BrokerSetting = {}): Promise<BuiltBroker> {
    const folder = temporaryFolder();
    if (config !== undefined) writeFileSync(join(folder, 'pochta.yaml'), config);
    const port = await freePort();
    const simplePort = await freePort();
    const data = dataDir ?? join(folder, 'data');
    return new BuiltBroker(port, simplePort, folder, data, {
      POCHTA_PORT: `${port}`,
      POCHTA_SIMPLE_PORT: `${simplePort}`,
      POCHTA_HTTP_PORT: `${await freePort()}`,
      POCHTA_DATA_DIR: data,
      ...env,
    });
  }

  static async start(setting: BrokerSetting = {}): Promise<BuiltBroker> {
    const broker = await BuiltBroker.prepare(setting);
    await broker.start();
    return broker;
  }

  get process(): RunningProcess {
    if (this.#process === undefined) throw new Error('The broker was not started');
    return this.#process;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    await this.launch().stdout.until('Broker listens on');
  }

  /** Starts it, and does not wait for anything. */
  launch(env: Readonly<Record<string, string>> = {}): RunningProcess {
    this.#process = new RunningProcess(process.execPath, [builtApp('broker')], {
      cwd: this.folder,
      env: { ...this.env, ...env },
    });
    return this.#process;
  }

  /** Ends it as a power cut would. */
  async killAtOnce(): Promise<void> {
    await this.process.kill();
  }

  /** Ends it as an operator would. */
  async stop(): Promise<Exit> {
    this.process.signal('SIGTERM');
    return this.process.exit;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Bytes of memory that are the broker's own; pages of the data file that are mapped in do not count. */
  get ownMemory(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }
}

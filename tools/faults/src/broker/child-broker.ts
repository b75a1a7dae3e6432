import { freePort } from '@pochta/testing/ports';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../features';
import type { BrokerUnderTest } from './broker-under-test';

export interface ChildBrokerOptions {
  /** The broker's built program. */
  readonly program: string;
  readonly engine: Engine;
  /** Topic policies, as in `pochta.yaml`, which JSON is too. */
  readonly topics: Readonly<Record<string, object>>;
}

const PRELOAD = join(__dirname, 'clock-preload.cjs');
/** What the broker says when it takes connections. */
const LISTENS = 'Broker listens on';
/** Characters of what it said last that are kept. */
const KEPT = 4000;

/** All that are there, for a process that has to end at once. */
const living = new Set<ChildBroker>();

/** Kills every broker that runs and removes their folders, without waiting. */
export function removeAllAtOnce(): void {
  for (const broker of living) broker.removeAtOnce();
}

/** The built broker as a process, with a folder and ports of its own. */
export class ChildBroker implements BrokerUnderTest {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pochta-faults-'));
  readonly lingers = false;
  #child: ChildProcess | undefined;
  #offset = 0;
  #said = '';
  #killed = false;
  #removed = false;
  #onCrash: (text: string) => void = () => undefined;
  readonly crash = new Promise<string>((resolve) => (this.#onCrash = resolve));

  private constructor(
    private readonly options: ChildBrokerOptions,
    readonly port: number,
    private readonly httpPort: number,
  ) {
    writeFileSync(join(this.#folder, 'pochta.yaml'), JSON.stringify({ topics: options.topics }));
    living.add(this);
  }

  /** A broker that does not run yet. */
  static async prepare(options: ChildBrokerOptions): Promise<ChildBroker> {
    return new ChildBroker(options, await freePort(), await freePort());
  }

  get said(): string {
    return this.#said;
  }

  async start(): Promise<void> {
    if (this.#removed) return;
    let unheard = '';
    this.#killed = false;
    const child = spawn(process.execPath, ['-r', PRELOAD, this.options.program], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env.PATH,
        FAULTS_CLOCK_OFFSET: `${this.#offset}`,
        POCHTA_PORT: `${this.port}`,
        POCHTA_HTTP_PORT: `${this.httpPort}`,
        POCHTA_ENGINE: this.options.engine,
        POCHTA_DATA_DIR: join(this.#folder, 'data'),
      },
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString()).slice(-KEPT);
        unheard = (unheard + chunk.toString()).slice(-KEPT);
        if (unheard.includes(LISTENS)) resolve();
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.once('exit', (code, signal) => {
        const text = `${unheard}(${signal ?? code})`;
        reject(new Error(`the broker did not start, saying:\n${text}`));
        if (!this.#killed) this.#onCrash(text);
      });
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    this.#killed = true;
    child.kill('SIGKILL');
    await gone;
  }

  async setClock(offset: number): Promise<void> {
    this.#offset = offset;
    const child = this.#child;
    if (child?.connected !== true) return;
    // One that is killed before it has answered starts with the offset.
    const answer = Promise.race([once(child, 'message'), once(child, 'exit')]);
    child.send({ offset }, () => undefined);
    await answer;
  }

  async remove(): Promise<void> {
    await this.kill();
    this.removeAtOnce();
  }

  removeAtOnce(): void {
    this.#killed = this.#removed = true;
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
    living.delete(this);
  }
}

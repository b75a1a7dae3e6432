import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterThisTest } from './cleanup';
import { Transcript } from './transcript';
import { userEnvironment } from './user-environment';

export interface ProcessOptions {
  readonly cwd?: string;
  /** On top of what a user has in any case. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process with piped input and output, in a user's environment. Killed after the test. */
export class RunningProcess {
  readonly stdout: Transcript;
  readonly stderr: Transcript;
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(command: string, args: readonly string[], { cwd, env }: ProcessOptions = {}) {
    const name = [command, ...args].join(' ');
    this.stdout = new Transcript(`The output of ${name}`);
    this.stderr = new Transcript(`The messages of ${name}`);
    this.#child = spawn(command, args, { cwd, env: { ...userEnvironment(), ...env } });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.stdout.add(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.stderr.add(text));
    // A process that has ended no longer reads.
    this.#child.stdin.on('error', () => undefined);
    this.exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        const why = `the process ended (${signal ?? code}), saying: ${this.stderr.text.slice(-2000)}`;
        this.stdout.end(why);
        this.stderr.end(why);
        resolve({ code, signal });
      });
    });
    afterThisTest(() => this.kill());
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The process did not start');
    return pid;
  }

  /** Everything it said, on either channel. */
  get said(): string {
    return this.stdout.text + this.stderr.text;
  }

  type(text: string | Uint8Array): void {
    this.#child.stdin.write(text);
  }

  endInput(text: string | Uint8Array = ''): void {
    this.#child.stdin.end(text);
  }

  /** Nobody reads its output from now on. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exit;
  }
}

/** One of the built sample apps, talking to the broker on the port. */
export function startApp(
  name: 'producer' | 'consumer' | 'chat',
  port: number,
  ...args: string[]
): RunningProcess {
  return new RunningProcess(process.execPath, [builtApp(name), `--port=${port}`, ...args]);
}

export function builtApp(name: 'broker' | 'producer' | 'consumer' | 'chat' | 'cli' | 'nestjs-e2e'): string {
  return require.resolve(`../../../dist/apps/${name}/main.cjs`);
}

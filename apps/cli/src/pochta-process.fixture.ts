import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';

export const BUILT_COMMAND = join(__dirname, '../../../dist/apps/cli/main.cjs');

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<PochtaProcess>();

/** Kills what a test has left running: call it in `afterEach`. */
export async function killPochta(): Promise<void> {
  await Promise.all([...running].map((one) => one.kill()));
}

/** The built command as a process with piped input and output. */
export class PochtaProcess {
  stdout = '';
  stderr = '';
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string) {
    // Neither Jest's own settings nor those of the person who runs the tests.
    const base = Object.entries(process.env).filter(
      ([name]) => !/^(POCHTA_|NODE_ENV|FORCE_COLOR|JEST)/.test(name),
    );
    this.#child = spawn(process.execPath, [BUILT_COMMAND, ...args], {
      cwd,
      env: { ...Object.fromEntries(base), ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#child.stdin.on('error', () => undefined);
    running.add(this);
    this.exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        running.delete(this);
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
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

/** Runs the command to its end, with this input. */
export async function pochta(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: string | Uint8Array = '',
): Promise<Exit> {
  const command = new PochtaProcess(args, env);
  command.endInput(input);
  return command.exit;
}

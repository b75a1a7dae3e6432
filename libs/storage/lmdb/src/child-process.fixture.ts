import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const WORKSPACE = join(__dirname, '../../../..');

/** A TypeScript file of this folder that runs in a process of its own. */
export class Child {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #reading: Promise<void>;
  readonly #onLine = new Set<() => void>();

  /** `through`: a command that starts the command behind it, with its arguments. */
  constructor(
    file: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    through: readonly string[] = [],
  ) {
    const node = [process.execPath, '-r', '@swc-node/register', join(__dirname, file), ...args];
    const [command, ...rest] = [...through, ...node];
    this.#process = spawn(command, rest, {
      cwd: WORKSPACE,
      env: { ...process.env, SWC_NODE_PROJECT: 'tsconfig.base.json', ...env },
      // LMDB writes what went wrong to the standard error stream, also when that is what is tested.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#reading = this.#read();
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Resolves when so many lines have been written; rejects when the process ends before. */
  async wrote(count: number): Promise<void> {
    while (this.lines.length < count) {
      const more = new Promise<'more'>((resolve) => this.#onLine.add(() => resolve('more')));
      const next = await Promise.race([more, this.#reading]);
      if (next !== 'more' && this.lines.length < count)
        throw new Error(`ended after ${this.lines.join('; ')}`);
    }
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Resolves when the process has ended, and all its lines are read. */
  async ended(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const line of createInterface({ input: this.#process.stdout! })) {
      this.lines.push(line);
      for (const tell of this.#onLine) tell();
      this.#onLine.clear();
    }
  }
}

/** The numbers in lines that begin with `word`. */
export function numbersOf(lines: readonly string[], word: string): number[] {
  return lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));
}

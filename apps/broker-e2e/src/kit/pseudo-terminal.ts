import { spawn, type IPty } from '@lydell/node-pty';
import { join } from 'node:path';
import { afterThisTest, builtApp, Transcript, userEnvironment } from '@pochta/testing/processes';
import { Screen } from './screen';

const COLUMNS = 60;
const WORKSPACE = join(__dirname, '../../../..');

/** A program in a terminal of its own, and a person who types and reads there. */
export class PseudoTerminal {
  readonly #screen = new Screen(COLUMNS);
  readonly #output: Transcript;
  readonly #pty: IPty;
  /** The exit code. */
  readonly exit: Promise<number>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#output = new Transcript(`The terminal of ${[command, ...args].join(' ')}`);
    this.#pty = spawn(command, [...args], {
      name: 'xterm-256color',
      cols: COLUMNS,
      rows: 24,
      cwd: WORKSPACE,
      env: { ...userEnvironment(), ...env },
    });
    this.#pty.onData((text) => {
      this.#screen.write(text);
      this.#output.add(text);
    });
    let ended = false;
    this.exit = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode }) => {
        ended = true;
        this.#output.end(`the program ended (${exitCode})`);
        resolve(exitCode);
      }),
    );
    afterThisTest(async () => {
      // With all it has started; what has a terminal of its own below it is hung up on.
      if (!ended) process.kill(-this.#pty.pid, 'SIGKILL');
      await this.exit;
    });
  }

  /** What it shows now, row by row. */
  get rows(): string[] {
    return this.#screen.rows;
  }

  /** The row the cursor is in. */
  get line(): string {
    return this.#screen.line;
  }

  /** All bytes the program wrote. */
  get bytes(): string {
    return this.#output.text;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  /** Types a line, and waits until it was taken. */
  async enter(line: string): Promise<void> {
    this.type(line);
    await this.untilLine(new RegExp(`> ${escaped(line)}$`));
    this.type('\r');
    await this.untilLine(/> $|>$/);
  }

  /** Resolves once a row of the screen matches. */
  untilRow(pattern: RegExp): Promise<void> {
    return this.#output.untilTrue(`a row ${pattern}`, () => this.rows.some((row) => pattern.test(row)));
  }

  /** Resolves once a text is shown that may go on from row to row. */
  untilRows(text: string): Promise<void> {
    return this.#output.untilTrue(`the rows ${text}`, () => this.rows.join('').includes(text));
  }

  /** Resolves once the row with the cursor matches. */
  untilLine(pattern: RegExp): Promise<void> {
    return this.#output.untilTrue(`the line ${pattern}`, () => pattern.test(this.line));
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export function startChat(port: number, user: string, ...args: string[]): PseudoTerminal {
  return new PseudoTerminal(process.execPath, [
    builtApp('chat'),
    `--user=${user}`,
    `--port=${port}`,
    ...args,
  ]);
}

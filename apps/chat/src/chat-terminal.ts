import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

type Input = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>;
type Output = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;

/**
 * `prevRows` is how many rows readline goes up to draw its line again. It is not documented, but there is no other way
 * to tell it that the line is somewhere else now.
 */
type Readline = Interface & { prevRows?: number };

/** The line being typed, and what is said by others above it. With piped input or output, plain lines. */
export class ChatTerminal {
  readonly #readline: Readline;
  readonly #interactive: boolean;
  readonly #typed: AsyncIterableIterator<string>;
  #open = true;

  /** Begins to read, so create it only once there is somewhere to send lines to. */
  constructor(
    input: Input,
    private readonly output: Output,
    prompt: string,
  ) {
    this.#interactive = input.isTTY === true && output.isTTY === true;
    this.#readline = createInterface({ input, output, prompt, terminal: this.#interactive });
    // From the start: what comes before someone listens would be lost.
    this.#typed = this.#readline[Symbol.asyncIterator]();
    // Readline does not count the rows of a text that is pasted.
    input.on('keypress', () => (this.#readline.prevRows = this.#readline.getCursorPos().rows));
    this.#readline.on('SIGINT', () => this.close());
    this.#readline.once('close', () => {
      // Ctrl+C and Ctrl+D leave the cursor behind the prompt.
      if (this.#interactive) this.output.write('\n');
      this.#open = false;
    });
  }

  /** What is typed, line by line; ends with Ctrl+C, Ctrl+D, `close` or the end of the input. */
  async *lines(): AsyncGenerator<string> {
    this.#prompt();
    for await (const line of this.#typed) {
      yield line;
      this.#prompt();
    }
  }

  /** Prints a line above the one being typed, which stays as it is. */
  print(text: string): void {
    if (this.#interactive && this.#open) this.#eraseLine();
    this.output.write(`${text}\n`);
    this.#prompt();
  }

  close(): void {
    this.#readline.close();
  }

  /** A long line takes several rows, and the cursor may be in any of them. */
  #eraseLine(): void {
    const { rows, cols } = this.#readline.getCursorPos();
    // Behind a full row a terminal stays in it until one more character comes, while readline is in the next already.
    if (cols === 0 && rows > 0) this.output.write(' ');
    moveCursor(this.output, 0, -rows);
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
    this.#readline.prevRows = 0;
  }

  #prompt(): void {
    if (this.#interactive && this.#open) this.#readline.prompt(true);
  }
}

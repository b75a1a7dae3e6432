/** ms between two reports where there is no terminal. */
const INTERVAL = 10_000;

/** Tells how far a round is: on a terminal in one line that changes, elsewhere in a line now and then. */
export class Progress {
  #told = performance.now();
  #last = '';

  constructor(
    private readonly out: { readonly isTTY?: boolean; write(text: string): unknown },
    private readonly round: string,
  ) {}

  report(part: number): void {
    const text = `${this.round}: ${Math.floor(part * 100)} %`;
    if (text === this.#last) return;
    if (this.out.isTTY) this.out.write(`\r${text}`);
    else if (performance.now() - this.#told >= INTERVAL) {
      this.#told = performance.now();
      this.out.write(`${text}\n`);
    } else return;
    this.#last = text;
  }

  /** Makes room for what is said next. */
  end(): void {
    if (this.out.isTTY) this.out.write('\r\u001b[K');
  }
}

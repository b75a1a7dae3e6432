/** Parts of a reply on their way out. */
export class PartQueue implements AsyncIterable<unknown> {
  readonly #parts: unknown[] = [];
  #over = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  put(part: unknown): void {
    this.#parts.push(part);
    this.#wake();
  }

  end(error?: Error): void {
    this.#over = true;
    this.#error = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (;;) {
      while (this.#parts.length > 0) yield this.#parts.shift();
      if (this.#error !== undefined) throw this.#error;
      if (this.#over) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

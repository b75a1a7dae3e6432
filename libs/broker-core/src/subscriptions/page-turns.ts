/**
 * Lets the subscriptions of one connection read one page at a time, in turn: none is starved, and a thousand that are
 * behind do not fill the memory with a thousand pages before the first of them finds the outlet full.
 */
export class PageTurns {
  #last: Promise<void> = Promise.resolve();

  /** Waits for its turn; the turn lasts until the returned function is called. */
  async take(): Promise<() => void> {
    const previous = this.#last;
    let release!: () => void;
    this.#last = new Promise((resolve) => (release = resolve));
    await previous;
    return release;
  }
}

/** Holds back publishes for a while, so that more of them travel together. */
export class Linger {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    /** ms; 0: nothing is held back. */
    private readonly time: number,
    /** What was held back is to go. */
    private readonly onOver: () => void,
  ) {}

  /** Whether publishes are held back now. */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** There is something to write. */
  begin(): void {
    if (this.time === 0) this.onOver();
    else this.#timer ??= setTimeout(() => this.hurry(), this.time);
  }

  /** What is held back goes. */
  hurry(): void {
    if (this.#timer === undefined) return;
    this.end();
    this.onOver();
  }

  /** Nothing is held back any more, and nobody is told. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

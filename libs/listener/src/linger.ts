/** ms that a peer gets to take its last bytes, or at least some of them. */
const PATIENCE = 3000;
/** ms that it gets to close its side once it has taken all. */
const CLOSE_PATIENCE = 1000;

/** How long the broker waits for a peer whose connection it ends. Times are as of `performance.now()`. */
export class Linger {
  #until = 0;
  /** What the peer had not taken when that was last looked at, in bytes. */
  #backlogBefore = 0;

  get begun(): boolean {
    return this.#until !== 0;
  }

  /** Begins once; `patience`: ms. */
  begin(backlog: number, patience: number = PATIENCE): void {
    if (this.begun) return;
    this.#until = performance.now() + patience;
    this.#backlogBefore = backlog;
  }

  /** The peer has taken all. */
  written(): void {
    this.#until = Math.min(this.#until, performance.now() + CLOSE_PATIENCE);
  }

  /** Whether to wait no more. A peer that has taken something since the last time is waited for again. */
  isOver(now: number, backlog: number): boolean {
    if (now < this.#until) return false;
    if (backlog === 0 || backlog >= this.#backlogBefore) return true;
    this.#backlogBefore = backlog;
    this.#until = now + PATIENCE;
    return false;
  }
}

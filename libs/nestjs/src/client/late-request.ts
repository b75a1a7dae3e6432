import { errorFor, MAX_WAIT } from '@pochta/protocol';
import type { Observer } from 'rxjs';

/** The client would find it too, but only once it is there. Throws `INVALID_FRAME`. */
export function checkTimeout(timeout: number): void {
  if (Number.isInteger(timeout) && timeout >= 1 && timeout <= MAX_WAIT) return;
  throw errorFor('INVALID_FRAME', `timeout must be an integer from 1 to ${MAX_WAIT}`, { field: 'timeout' });
}

/**
 * A request that cannot be sent at once. Its time, until the first part of the reply, is counted from the call on, and not
 * from when the client gets it.
 */
export class LateRequest implements Observer<unknown> {
  readonly #timer: NodeJS.Timeout;
  #over = false;
  #giveUp: (() => void) | undefined;

  /** @param timeout ms. */
  constructor(
    private readonly observer: Observer<unknown>,
    timeout: number,
  ) {
    this.#timer = setTimeout(() => {
      this.#giveUp?.();
      this.error(errorFor('REQUEST_TIMEOUT', `No answer within ${timeout} ms`));
    }, timeout);
  }

  /** Sends it, unless nobody waits for it any more. */
  send(ask: () => () => void): void {
    if (!this.#over) this.#giveUp = ask();
  }

  cancel(): void {
    this.#end();
    this.#giveUp?.();
  }

  next(part: unknown): void {
    clearTimeout(this.#timer);
    this.observer.next(part);
  }

  complete(): void {
    this.#end();
    this.observer.complete();
  }

  error(error: unknown): void {
    if (this.#over) return;
    this.#end();
    this.observer.error(error);
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}

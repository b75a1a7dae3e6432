import { Logger } from '@nestjs/common';
import { PochtaError } from '@pochta/protocol';

/** ms between two warnings. */
const INTERVAL = 10_000;

/** Logs what nobody subscribed to: the first as a warning, and what follows soon as one count. */
export class UnheardFailures {
  readonly #logger: Logger;
  #warned = -Infinity;
  #since = 0;

  constructor(connection: string) {
    this.#logger = new Logger(connection === 'default' ? 'Pochta' : `Pochta ${connection}`);
  }

  tell(pattern: unknown, error: unknown): void {
    const now = performance.now();
    const reason = error instanceof PochtaError ? `${error.message} (${error.code})` : String(error);
    const text = `emit to ${shown(pattern)} failed, and nobody has subscribed to the outcome: ${reason}`;
    if (now - this.#warned < INTERVAL) {
      this.#since++;
      this.#logger.debug(text);
      return;
    }
    const before = this.#since === 0 ? '' : `; so did ${this.#since} since the last warning`;
    this.#logger.warn(text + before);
    this.#warned = now;
    this.#since = 0;
  }
}

function shown(pattern: unknown): string {
  if (typeof pattern === 'string') return pattern;
  const { name } = pattern as { readonly name?: unknown };
  return typeof name === 'string' ? name : JSON.stringify(pattern);
}

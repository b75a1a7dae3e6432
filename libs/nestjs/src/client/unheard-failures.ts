import type { Logger } from '@nestjs/common';
import { loggerOf } from '../connections/connection-logger';
import { errorText } from '../logging/error-text';

/** ms between two warnings. */
const INTERVAL = 10_000;

/** Logs what nobody subscribed to: the first as a warning, and what follows soon as one count. */
export class UnheardFailures {
  readonly #logger: Logger;
  #warned = -Infinity;
  #since = 0;

  constructor(connection: string) {
    this.#logger = loggerOf(connection);
  }

  tell(pattern: unknown, error: unknown): void {
    const now = performance.now();
    const text = `emit to ${shown(pattern)} failed, and nobody has subscribed to the outcome: ${errorText(error)}`;
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

/** Of whatever kind: this runs where nobody catches what it would throw. */
function shown(pattern: unknown): string {
  if (typeof pattern === 'string') return pattern;
  try {
    const { name } = (pattern ?? {}) as { readonly name?: unknown };
    return typeof name === 'string' ? name : (JSON.stringify(pattern) ?? String(pattern));
  } catch {
    return 'a pattern that cannot be shown';
  }
}

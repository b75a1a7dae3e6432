import { Logger } from '@nestjs/common';
import type { Log } from '@pochta/server';

/** Lets the server log through Nest's logger. */
export class NestLog implements Log {
  readonly #logger = new Logger('PochtaBroker');

  debug(facts: object, text: string): void {
    this.#logger.debug(line(facts, text));
  }

  info(facts: object, text: string): void {
    this.#logger.log(line(facts, text));
  }

  warn(facts: object, text: string): void {
    this.#logger.warn(line(facts, text));
  }

  error(facts: object, text: string): void {
    this.#logger.error(line(facts, text));
  }
}

function line(facts: object, text: string): string {
  const told = Object.entries(facts).map(([name, fact]) => {
    if (fact instanceof Error) return `${name}=${fact.stack ?? fact.message}`;
    return `${name}=${typeof fact === 'string' ? fact : JSON.stringify(fact)}`;
  });
  return [text, ...told].join(' ');
}

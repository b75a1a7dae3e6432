import type { ServerOptions } from '@pochta/server';

/** Options of a broker app's strategy: those of the server, and limits of its handlers. */
export interface PochtaBrokerOptions extends ServerOptions {
  /** ms that a topic's handler may take; default 30,000. After it the publish is refused with `HANDLER_FAILED`. */
  readonly handlerTimeout?: number;
  /**
   * Messages that one `@EventPattern` handler works on at a time; default 100. Beyond it the handler falls behind in
   * the log. With 1, messages of a topic are handled one after another, in order.
   */
  readonly maxInFlightEvents?: number;
}

export const DEFAULT_HANDLER_LIMITS: Required<
  Pick<PochtaBrokerOptions, 'handlerTimeout' | 'maxInFlightEvents'>
> = { handlerTimeout: 30_000, maxInFlightEvents: 100 };

/** What a broker's parts log to: the shape of pino's level methods, reduced to what is used. Payloads never go there. */
export interface Log {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

const ignore = (): void => undefined;

/** For brokers that nobody listens to. */
export const SILENT_LOG: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

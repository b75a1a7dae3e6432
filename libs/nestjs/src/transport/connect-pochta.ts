import type { INestApplication, INestMicroservice, NestHybridApplicationOptions } from '@nestjs/common';
import type { PochtaConnection } from '../connections/pochta-connection';
import { getConnectionToken } from '../connections/tokens';
import { PochtaServer } from './pochta-server';
import type { StrategyOptions } from './pochta-server-options';

/** Options of `connectPochta`: the strategy's, and which connection it takes. */
export interface ConnectPochtaOptions extends StrategyOptions {
  /** Default: the connection of the app's `PochtaModule`. */
  readonly connection?: PochtaConnection;
  /** The name of the `PochtaModule`'s connection; default `default`. */
  readonly connectionName?: string;
  /**
   * Whether the app's global pipes, guards, interceptors and filters also apply to messages; they must have been set
   * before. Default true.
   */
  readonly inheritAppConfig?: boolean;
}

/**
 * Makes an app, say, one that serves HTTP, a Pochta service too, on the connection of its `PochtaModule`. Call it before
 * `app.startAllMicroservices()`.
 *
 * A global guard, or interceptor, that was written for HTTP should let `execution.getType() === 'rpc'` pass, or be given
 * to HTTP's controllers only: in a message it finds no request, and what it throws makes messages come again, and dead
 * letters of them. With `inheritAppConfig: false` messages pass none of them.
 *
 * Throws `INVALID_CONFIG` for options that make no sense, and Nest's `UnknownElementException` when the app has no
 * `PochtaModule` with a connection of that name.
 */
export function connectPochta(app: INestApplication, options: ConnectPochtaOptions = {}): INestMicroservice {
  const { connectionName, inheritAppConfig = true, ...own } = options;
  const connection =
    own.connection ?? app.get<PochtaConnection>(getConnectionToken(connectionName), { strict: false });
  const strategy = new PochtaServer({ ...own, connection });
  return app.connectMicroservice({ strategy }, { inheritAppConfig } satisfies NestHybridApplicationOptions);
}

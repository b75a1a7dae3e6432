import type { PochtaConnectionOptions } from '../connections/connection-options';
import { createConnection, DEFAULT_CONNECTION } from '../connections/shared-connection';
import { getConnectionToken } from '../module/tokens';
import type { TestBroker } from './test-broker';

/** What is used of Nest's `TestingModuleBuilder`. */
interface ModuleBuilder<Builder> {
  overrideProvider(token: unknown): { useFactory(options: { factory: () => unknown }): Builder };
}

/** The connection to replace, and what the new one is to have beside its way to the broker. */
export interface TestConnectionOptions extends Omit<
  PochtaConnectionOptions,
  'embedded' | 'host' | 'port' | 'servers' | 'socket'
> {
  /** Name of the connection, as with `PochtaModule.forRoot`; default `default`. */
  readonly name?: string;
}

/**
 * Has the connection of a `PochtaModule` lead to the test broker, whatever the module's options say. Of these nothing is
 * kept: give `codecs` and `names` once more where handlers need them.
 */
export function withTestBroker<Builder extends ModuleBuilder<Builder>>(
  builder: Builder,
  broker: Pick<TestBroker, 'connection'>,
  { name = DEFAULT_CONNECTION, ...options }: TestConnectionOptions = {},
): Builder {
  const factory = () => createConnection({ ...options, ...broker.connection }, name);
  return builder.overrideProvider(getConnectionToken(name)).useFactory({ factory });
}

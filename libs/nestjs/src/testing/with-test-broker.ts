import type { PochtaConnectionOptions } from '../connections/connection-options';
import { DEFAULT_CONNECTION } from '../connections/connection-options';
import { getConnectionOverridesToken } from '../connections/tokens';
import type { TestBroker } from './test-broker';

/** What is used of Nest's `TestingModuleBuilder`. */
interface ModuleBuilder<Builder> {
  overrideProvider(token: unknown): { useValue(value: unknown): Builder };
}

/** Which connection, and what it is to have in place of what the module's options say. */
export interface TestConnectionOptions extends Omit<
  PochtaConnectionOptions,
  'embedded' | 'host' | 'port' | 'servers' | 'socket'
> {
  /** Name of the connection, as with `PochtaModule.forRoot`; default `default`. */
  readonly name?: string;
}

/**
 * Has the connection of a `PochtaModule` lead to the test broker, wherever the module's options say; what else they say,
 * `codecs` and `names` too, stays. A module that runs an embedded broker has none in the test.
 */
export function withTestBroker<Builder extends ModuleBuilder<Builder>>(
  builder: Builder,
  broker: Pick<TestBroker, 'connection'>,
  { name = DEFAULT_CONNECTION, ...options }: TestConnectionOptions = {},
): Builder {
  const overrides = { ...options, ...broker.connection, embedded: undefined };
  return builder.overrideProvider(getConnectionOverridesToken(name)).useValue(overrides);
}

export type { EmbeddedOptions } from '../src/connections/connection-options';
export { EmbeddedBroker, type EmbeddedBrokerOptions } from '../src/embedded/embedded-broker';

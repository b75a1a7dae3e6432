export { PochtaServer, type ListenerAddress } from './pochta-server';
export type { Log } from '@pochta/listener';
export { isLoopback } from './loopback';
export { DEFAULT_SERVER_LIMITS, type ServerOptions } from './server-options';
export { ManualClock, type Clock, type Wake } from '@pochta/storage-contract';

export { PochtaServer, type ListenerAddress } from './pochta-server';
export type { Log } from '@pochta/listener';
export type { ServerOptions } from './server-options';

export type { Codec, CodecTable } from './codec-table';
export type { ConnectionSetOptions } from './connection-set';
export { InProcessListener } from './in-process-listener';
export { SILENT_LOG, type Log } from './log';
export { SHORTHAND_TOPIC } from './shorthand';
export type { TcpAddress } from './tcp-addresses';
export { TcpListener, type TcpListenerOptions } from './tcp-listener';

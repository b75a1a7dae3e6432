import type { CodecName, ConnectOptions } from '@pochta/client';
import type { PayloadCodec } from '../codecs/payload-codec';

/** A broker inside this process: see `PochtaModule.forRoot`. */
export interface EmbeddedOptions {
  /** Folder of its data; left out: everything is kept in memory. */
  readonly dataDir?: string;
  /** Port for other processes; left out: none but this process can connect. 0 takes a free one. */
  readonly port?: number;
  /** Address to listen on when there is a port; default `localhost`. */
  readonly host?: string;
}

/** The name of a connection that has none. */
export const DEFAULT_CONNECTION = 'default';

/** Options of one connection to a broker, shared by whatever in an app uses it. */
export interface PochtaConnectionOptions extends Omit<
  ConnectOptions,
  'signal' | 'waitForFirstConnection' | 'codec'
> {
  /** On the wire; default `binary`. `json-lines` can be read by people, and takes more time and more bytes. */
  readonly codec?: CodecName;
  /** How payloads are written and read, by topic or topic filter; what is not named is JSON. */
  readonly codecs?: Readonly<Record<string, PayloadCodec>>;
  /** What placeholders in topic names stand for: `{ region: 'eu' }` makes `${region}.orders` the topic `eu.orders`. */
  readonly names?: Readonly<Record<string, string>>;
  /** ms that a shutdown waits for what is in flight; default 30,000. */
  readonly drainTimeout?: number;
  /** Runs a broker inside this process, and connects to it; `host`, `port` and `servers` are not used then. */
  readonly embedded?: EmbeddedOptions;
}

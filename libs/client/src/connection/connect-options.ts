import { compressionNamed, DEFAULT_LIMITS, errorFor, type CompressionName } from '@pochta/protocol';
import type { Duplex } from 'node:stream';
import { binaryFrames } from './binary';
import type { ClientCodec, CodecName } from './codec';
import { jsonLines } from './json-lines';

/** How to come back after a lost connection. */
export interface ReconnectOptions {
  /** ms before the first attempt, doubled after each one that fails; default 100. */
  readonly initialDelay?: number;
  /** ms; the longest delay between two attempts; default 5,000. */
  readonly maxDelay?: number;
  /** Share of a delay that is random, 0 to 1, so that clients do not all come back at once; default 0.2. */
  readonly jitter?: number;
  /** Attempts in a row after which the client gives up and closes; default Infinity. 0: never reconnect. */
  readonly maxAttempts?: number;
}

/** Options of `connect`. All are optional. */
export interface ConnectOptions {
  /** Host of the broker; default `localhost`. Ignored when `servers` is given. */
  readonly host?: string;
  /** Port of the broker; default 8888. Ignored when `servers` is given. */
  readonly port?: number;
  /** Brokers to try in turn, as `host:port`, `host` or `[ipv6]:port`. */
  readonly servers?: readonly string[];
  /**
   * Opens the way to the broker in place of TCP: called for each attempt to connect, with a stream of its own each time.
   * Say, the `openSocket` of a broker in this process, or a TLS socket. What it throws is an attempt that failed. `servers`
   * is not used then, and `host` and `port` only name the broker in logs and events: `in-process` unless `host` is given.
   */
  readonly socket?: () => Duplex;
  /** A name for logs and warnings; default `pochta`. */
  readonly name?: string;
  /** How to come back after a lost connection; `false`: a lost connection closes the client. */
  readonly reconnect?: ReconnectOptions | false;
  /** ms for one attempt to connect; default 5,000. */
  readonly connectTimeout?: number;
  /** ms that any answer but a confirm may take, and the default of a request's `timeout`; default 30,000. */
  readonly requestTimeout?: number;
  /**
   * ms that a publish waits for others to travel with, 0 to 10,000; default 0: what is published in one turn travels
   * together. More makes fewer and larger writes of publishes that come up one by one, and each confirm that much later.
   * A `flush`, a batch that is full, and whatever else the client asks of the broker let them go at once.
   */
  readonly linger?: number;
  /** Payload bytes of unconfirmed publishes, above which a publish is refused with `BUFFER_FULL`; default 16 MiB. */
  readonly maxUnconfirmedBytes?: number;
  /** Unconfirmed publishes, above which a publish is refused with `BUFFER_FULL`; default 1,000,000. */
  readonly maxUnconfirmed?: number;
  /**
   * ms after its first write during which an unconfirmed publish is sent again; after it, the publish is rejected with
   * `OUTCOME_UNKNOWN`. Must be shorter than the topics' dedupe window (2 minutes), or a resend could be stored twice.
   * Default 110,000.
   */
  readonly resendWindow?: number;
  /** ms between two pings. A connection that says nothing for two intervals is dropped. 0: none. Default 10,000. */
  readonly heartbeatInterval?: number;
  /**
   * Largest frame that is sent, in bytes; default 1 MiB. `FRAME_TOO_LARGE`. Give the broker's limit: a larger frame is
   * refused there, and a frame of the broker's that has more than twice as many bytes, and 64 KiB for what is told beside
   * the message, ends the connection. A member of a group would be sent that message again and again.
   */
  readonly maxFrameBytes?: number;
  /**
   * Keep trying when no broker answers at first, as after a lost connection; by default `connect` tries each server
   * once and rejects with `CONNECTION_FAILED`.
   */
  readonly waitForFirstConnection?: boolean;
  /** Gives up connecting. Once connected it has no effect: use `close` or `drain`. */
  readonly signal?: AbortSignal;
  /**
   * The codec on the wire; default `binary`, which carries many messages in a frame, and bytes as they are. `json-lines`
   * can be read by people, and takes more time and more bytes. A broker that does not speak binary frames ends the attempt
   * to connect with `UNKNOWN_CODEC`.
   */
  readonly codec?: CodecName;
  /**
   * What frames are compressed with, both ways, if the broker takes it; default `none`. For networks that are slower than
   * compressing, which takes the client and the broker some 5 to 10 ns a byte. From 1 KiB on, and of what travels together: one
   * small message by itself goes as it is. A broker that does not take it, or is older, goes on without. `zstd` needs
   * Node.js 22.15. Throws `INVALID_CONFIG` where Node.js cannot do it, and with JSON lines.
   */
  readonly compression?: CompressionName | 'none';
}

/** A server's address. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Options with the defaults filled in. */
export type ResolvedOptions = Omit<ConnectOptions, 'codec' | 'compression'> & {
  readonly codec: ClientCodec;
} & Required<
    Pick<
      ConnectOptions,
      | 'name'
      | 'connectTimeout'
      | 'requestTimeout'
      | 'linger'
      | 'maxUnconfirmedBytes'
      | 'maxUnconfirmed'
      | 'resendWindow'
      | 'heartbeatInterval'
      | 'maxFrameBytes'
      | 'waitForFirstConnection'
    >
  >;

/** ms; the longest `linger`. */
export const MAX_LINGER = 10_000;

const DEFAULTS = {
  name: 'pochta',
  connectTimeout: 5000,
  requestTimeout: 30_000,
  linger: 0,
  maxUnconfirmedBytes: 16 * 1024 * 1024,
  maxUnconfirmed: 1_000_000,
  resendWindow: 110_000,
  heartbeatInterval: 10_000,
  maxFrameBytes: DEFAULT_LIMITS.maxFrameBytes,
  waitForFirstConnection: false,
  codec: 'binary' as CodecName,
  compression: 'none' as CompressionName | 'none',
};

/** What options of `connect` are that are left out. Frozen: they are those of all clients of the process. */
export const CONNECT_DEFAULTS = Object.freeze(DEFAULTS);

/** Throws `INVALID_CONFIG` for a number that makes no sense, and for a codec that is not known. */
export function resolveOptions(options: ConnectOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const chosen = { ...CONNECT_DEFAULTS, ...(given as ConnectOptions) };
  const resolved: ResolvedOptions = { ...chosen, codec: codecOf(chosen) };
  for (const [field, value] of Object.entries({ ...resolved, ...resolved.reconnect })) {
    if (typeof value !== 'number' || value >= 0) continue;
    throw errorFor('INVALID_CONFIG', `${field} must not be negative`, { field });
  }
  if (resolved.linger > MAX_LINGER)
    throw errorFor('INVALID_CONFIG', `linger must be at most ${MAX_LINGER}`, { field: 'linger' });
  return resolved;
}

/** Throws `INVALID_CONFIG`. */
function codecOf({ codec, compression, maxFrameBytes }: typeof CONNECT_DEFAULTS): ClientCodec {
  const offered = compression === 'none' ? undefined : compressionNamed(compression);
  switch (codec) {
    case 'json-lines':
      if (offered === undefined) return jsonLines;
      throw errorFor('INVALID_CONFIG', 'compression is for binary frames', { field: 'compression' });
    case 'binary':
      return binaryFrames(maxFrameBytes, offered);
    default:
      throw errorFor('INVALID_CONFIG', 'codec must be "json-lines" or "binary"', { field: 'codec' });
  }
}

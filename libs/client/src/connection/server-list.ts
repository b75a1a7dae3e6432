import { errorFor } from '@pochta/protocol';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectOptions, ServerAddress } from './connect-options';

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 8888;
const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/;

/** A broker that one can try to reach. */
export interface Server {
  /** `host:port`, or `in-process`. */
  readonly name: string;
  /** A new stream to it, perhaps connecting still. May throw. */
  open(): Duplex;
}

/** The servers to try, in turn. */
export class ServerList {
  readonly #servers: readonly Server[];
  #next = 0;

  /** Throws `INVALID_CONFIG` for an address that is none. */
  constructor({ socket, servers, host, port = DEFAULT_PORT }: Omit<ConnectOptions, 'codec'>) {
    if (socket !== undefined) {
      const name = host === undefined ? 'in-process' : formatAddress(checked(host, port));
      this.#servers = [{ name, open: socket }];
    } else {
      const addresses = servers?.map(parseAddress) ?? [checked(host ?? DEFAULT_HOST, port)];
      this.#servers = addresses.map(overTcp);
    }
    if (this.#servers.length === 0) {
      throw errorFor('INVALID_CONFIG', 'servers must name at least one server', { field: 'servers' });
    }
  }

  get size(): number {
    return this.#servers.length;
  }

  next(): Server {
    return this.#servers[this.#next++ % this.#servers.length];
  }
}

function overTcp(address: ServerAddress): Server {
  return { name: formatAddress(address), open: () => createConnection({ ...address, noDelay: true }) };
}

function formatAddress({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseAddress(text: string): ServerAddress {
  const match = ADDRESS.exec(text);
  if (match === null) {
    throw errorFor('INVALID_CONFIG', `servers must be host:port, not ${JSON.stringify(text)}`, {
      field: 'servers',
    });
  }
  return checked(match[1] ?? match[2], match[3] === undefined ? DEFAULT_PORT : Number(match[3]));
}

function checked(host: string, port: number): ServerAddress {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return { host, port };
  throw errorFor('INVALID_CONFIG', `port must be 1 to 65535, not ${port}`, { field: 'port' });
}

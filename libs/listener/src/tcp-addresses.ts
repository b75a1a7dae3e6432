import { errorFor, type PochtaError } from '@pochta/protocol';
import type { Server } from 'node:net';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** How often a free port is looked for that both loopback addresses have. */
const ATTEMPTS = 20;
/** What the system says where there is no IPv6. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Listens; `localhost` is 127.0.0.1 and, where the machine has it, ::1, both on the same port. Resolves with one server
 * an address. Throws `ADDRESS_UNAVAILABLE`.
 */
export async function listen(newServer: () => Server, host: string, port: number): Promise<Server[]> {
  if (host !== 'localhost') return [await listenOn(newServer(), { host, port })];
  for (let attempt = 1; ; attempt++) {
    const first = await listenOn(newServer(), { host: '127.0.0.1', port });
    const taken = addressOf(first).port;
    try {
      return [first, await listenOn(newServer(), { host: '::1', port: taken })];
    } catch (error) {
      const code = causeCode(error);
      if (code !== undefined && NO_SUCH_ADDRESS.has(code)) return [first];
      first.close();
      // A free port on one address need not be free on the other.
      if (port !== 0 || code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
    }
  }
}

export function addressOf(server: Server): TcpAddress {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not listening on TCP');
  return { host: address.address, port: address.port };
}

function listenOn(server: Server, { host, port }: TcpAddress): Promise<Server> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(unavailable(error, host, port));
    server.once('error', onError);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', onError);
      resolve(server);
    });
  });
}

function unavailable(cause: NodeJS.ErrnoException, host: string, port: number): PochtaError {
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return errorFor('ADDRESS_UNAVAILABLE', `Cannot listen on ${where}: ${advice(cause)}`, { cause });
}

function advice({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there. Stop it, or choose another port';
    case 'EACCES':
      return 'not permitted. Ports below 1024 need privileges: choose a higher one';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address. Use localhost, or 0.0.0.0 for all addresses';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known. Use localhost, or an IP address';
    default:
      return message;
  }
}

function causeCode(error: unknown): string | undefined {
  return error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
}

import { PochtaServer, type ServerOptions } from '@pochta/server';

/**
 * A server inside the process of who uses it: durable with `dataDir`, in memory without; it has a port only if one is
 * given, and answers the admin verbs unless told otherwise. Throws `INVALID_CONFIG`.
 */
export function serverInProcess({ port = false, ...options }: Omit<ServerOptions, 'engine'>): PochtaServer {
  const engine = options.dataDir === undefined ? 'memory' : 'lmdb';
  return new PochtaServer({ administration: true, ...options, engine, port });
}

/** The port for other processes, while it runs and has one. */
export function portOf({ addresses }: PochtaServer): number | undefined {
  return addresses.find(({ dialect }) => dialect === 'main')?.port;
}

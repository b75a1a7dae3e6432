import type { Client } from './client';
import { resolveOptions, type ConnectOptions } from './connection/connect-options';
import { PochtaClient } from './pochta-client';

/**
 * Connects to a broker.
 *
 * Rejects with `CONNECTION_FAILED` when no server can be reached (unless `waitForFirstConnection`), `ABORTED`, or
 * `INVALID_CONFIG` for an option that makes no sense.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  return new PochtaClient(resolveOptions(options)).open(options.signal);
}

import type { Client } from './client';
import type { ConnectOptions } from './connect-options';

/**
 * Connects to a broker.
 *
 * Rejects with `CONNECTION_FAILED` when no server can be reached (unless `waitForFirstConnection`), `ABORTED`, or
 * `INVALID_CONFIG` for an option that makes no sense.
 */
export function connect(options: ConnectOptions = {}): Promise<Client> {
  return Promise.reject(new Error(`not built yet: ${options.name}`));
}

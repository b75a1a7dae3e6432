import type { Client, ClientEvents } from '../src';

/** The next event of that name. */
export function event<K extends keyof ClientEvents>(client: Client, name: K): Promise<ClientEvents[K]> {
  return new Promise((resolve) => {
    const stop = client.on(name, (detail) => {
      stop();
      resolve(detail);
    });
  });
}

import { type Client, connect, PochtaError } from '@pochta/client';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Connects, and tells `say` whenever the broker comes and goes. When none is there yet, waits for it. */
export async function connectPatiently(
  { host, port }: BrokerAddress,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Client> {
  const options = { host, port, signal, name: 'consumer', reconnect: { maxDelay: 1000 } };
  const client = await connect(options).catch((error: unknown) => {
    if (!(error instanceof PochtaError) || error.code !== 'CONNECTION_FAILED') throw error;
    say(`No broker at ${host}:${port} yet; waiting for one. To start it: npx nx serve broker`);
    return connect({ ...options, waitForFirstConnection: true });
  });
  client.on('disconnected', () => say(`The broker at ${host}:${port} is gone; waiting for it.`));
  client.on('reconnected', () => say('The broker is back.'));
  return client;
}

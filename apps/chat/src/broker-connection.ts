import { type Client, connect, PochtaError } from '@pochta/client';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Connects. When no broker is there yet, tells `say` so and waits for one. */
export async function connectPatiently(
  { host, port }: BrokerAddress,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Client> {
  const options = { host, port, signal, name: 'chat', reconnect: { maxDelay: 1000 } };
  return connect(options).catch((error: unknown) => {
    if (!(error instanceof PochtaError) || error.code !== 'CONNECTION_FAILED') throw error;
    say(`No broker at ${host}:${port} yet; waiting for one. To start it: npx nx serve broker`);
    return connect({ ...options, waitForFirstConnection: true });
  });
}

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
    say(whyWaiting(host, port, error));
    return connect({ ...options, waitForFirstConnection: true });
  });
  client.on('disconnected', () => say(`The broker at ${host}:${port} is gone; waiting for it.`));
  client.on('reconnected', () => say('The broker is back.'));
  return client;
}

/** What stands in the way of a first connection, and what can be done about it. */
function whyWaiting(host: string, port: number, { cause }: PochtaError): string {
  const { code, syscall } = ((cause as Error | undefined)?.cause ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'getaddrinfo')
    return `The host ${host} cannot be found (${code}); trying again until it can.`;
  const start = `npx nx serve broker${port === 8888 ? '' : ` --port=${port}`}`;
  return `No broker at ${host}:${port} yet; waiting for one. To start it: ${start}`;
}

import { type Client, connect, type ConnectOptions, PochtaError } from '@pochta/client';
import { type Command, Option } from 'commander';
import { CommandError } from './failure';
import { interrupted } from './interruption';
import { servers } from './option-values';
import { say } from './output';
import { printable } from './printable';

export interface BrokerOptions {
  readonly server?: readonly string[];
}

const DEFAULT_SERVER = 'localhost:8888';

/** ms that an ending waits for acks, confirms and replies; a broker that is gone does not send them. */
const DRAIN_TIMEOUT = 3000;

/** Adds the options that say which broker is meant. */
export function withBrokerOptions(command: Command): Command {
  const text = 'broker; several with commas between, or by repeating it, are tried in turn';
  return command.addOption(
    new Option('-s, --server <host:port>', `${text} (default: "${DEFAULT_SERVER}")`)
      .env('POCHTA_SERVER')
      .argParser(servers),
  );
}

/** Does something with a client, which is drained and closed behind it. Tells when the broker goes and comes back. */
export async function withClient<T>(
  { server = [DEFAULT_SERVER] }: BrokerOptions,
  work: (client: Client) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const client = await connectTo(server, options);
  client.on('disconnected', ({ server: lost, reconnecting }) => {
    if (reconnecting) say(printable(`The broker at ${lost} is gone; waiting for it.`));
  });
  client.on('reconnected', () => say('The broker is back.'));
  try {
    return await work(client);
  } finally {
    // Also after a failure: what is cancelled, and what a group is given back, has to reach the broker.
    await client.drain({ timeout: DRAIN_TIMEOUT });
  }
}

async function connectTo(server: readonly string[], options: ConnectOptions): Promise<Client> {
  try {
    return await connect({ servers: server, name: 'pochta', signal: interrupted, ...options });
  } catch (error) {
    if (!(error instanceof PochtaError) || error.code !== 'CONNECTION_FAILED') throw error;
    const hint = 'pochta serve starts a broker, --server or POCHTA_SERVER names another';
    throw new CommandError(error.code, `${error.message}; ${hint}`, { cause: error });
  }
}

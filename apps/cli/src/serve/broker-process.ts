import 'reflect-metadata';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { errorFor, PochtaError } from '@pochta/protocol';
import { type Log, PochtaServer, type ServerOptions } from '@pochta/server';
import { CommandError } from '../failure';
import { stopSignal } from '../interruption';
import { print, say } from '../output';
import { printable } from '../printable';

export interface ServeOptions extends Pick<
  ServerOptions,
  'host' | 'port' | 'simplePort' | 'engine' | 'autoCreate' | 'allowAnonymous'
> {
  readonly data: string;
  readonly maxMessages: number;
  readonly overflow: 'reject' | 'drop-oldest' | 'dead-letter';
  readonly admin: boolean;
}

/** Runs a broker until a signal stops it. Throws what keeps it from starting, and says what can be done about it. */
export async function runBroker(options: ServeOptions): Promise<void> {
  const { data, engine } = options;
  const server = await started(options).catch((error: unknown) => {
    throw explained(error, data);
  });
  await sayListening(server, engine === 'memory' ? 'none' : resolve(data));
  if (!stopSignal.aborted) await once(stopSignal, 'abort');
  await server.stop();
  await print('Broker stopped');
}

async function started({
  data,
  maxMessages,
  overflow,
  admin,
  ...options
}: ServeOptions): Promise<PochtaServer> {
  const server = new PochtaServer({
    ...options,
    dataDir: data,
    defaults: { maxMessages, overflow },
    log: LOG,
    administration: admin,
  });
  await server.start();
  return server;
}

async function sayListening(server: PochtaServer, data: string): Promise<void> {
  const written = server.addresses.map(({ host, port, dialect }) => {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return dialect === 'main' ? address : `${address} (${dialect})`;
  });
  await print(printable(`Broker listens on ${written.join(', ')}; data: ${data}. Ctrl+C stops it.`));
}

/** What goes wrong is told; that it runs is said once. */
const LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (facts, text) => say(printable(`warning: ${text} ${JSON.stringify(facts)}`)),
  error: (facts, text) => say(printable(`error: ${text} ${JSON.stringify(facts)}`)),
};

function explained(error: unknown, data: string): unknown {
  if (!(error instanceof PochtaError)) return error;
  const { code, message, field } = error;
  switch (code) {
    case 'INVALID_CONFIG':
      if (field !== 'host') return error;
      return errorFor(code, `${message}: --allow-anonymous, or POCHTA_ALLOW_ANONYMOUS=true`, { field });
    case 'ADDRESS_UNAVAILABLE':
      return new CommandError(
        code,
        `${message}; --port or POCHTA_PORT is the port, --host or POCHTA_HOST the address`,
      );
    case 'DATA_DIR_IN_USE':
    case 'DATA_DIR_UNUSABLE':
    case 'DATA_VERSION_UNSUPPORTED':
      return new CommandError(
        code,
        `${message}: ${resolve(data)}; --data or POCHTA_DATA_DIR names another folder`,
      );
    default:
      return error;
  }
}

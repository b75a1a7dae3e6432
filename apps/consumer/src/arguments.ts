import { parseArgs } from 'node:util';

export const USAGE = `Prints the messages of a topic: those it holds, then new ones as they come.

  npx nx serve consumer [options]

  --topic=<name>    topic, or a filter such as sensors.*; default test_topic.
                    --topic=stock_prices is the ticker
  --group=<name>    share the messages with the other consumers of that group:
                    each is printed by one of them; when one ends, the others
                    get what it has not printed
  --get             take one message off the topic, print it and end
  --host=<name>     host of the broker, default POCHTA_HOST or localhost
  --port=<number>   port of the broker, default POCHTA_PORT or 8888
  --help            this text (npx nx serve consumer -- --help)

Colours are left out when the output is no terminal, or NO_COLOR is set.
`;

export interface ConsumerArguments {
  readonly topic: string;
  /** The consumer group to be a member of, if any. */
  readonly group: string | undefined;
  readonly get: boolean;
  readonly host: string;
  readonly port: number;
}

/** Something on the command line makes no sense; the message says what. */
export class ArgumentError extends Error {}

/** Reads the command line; `help` when that was asked for. Throws `ArgumentError`. An empty variable is none. */
export function parseArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ConsumerArguments | 'help' {
  const { help, topic, group, get, host, port } = read(argv);
  if (help) return 'help';
  if (get && group !== undefined) throw new ArgumentError('--get takes a message without --group');
  return {
    topic,
    group,
    get,
    host: host ?? (environment.POCHTA_HOST || 'localhost'),
    port:
      port === undefined
        ? portNumber('POCHTA_PORT', environment.POCHTA_PORT || '8888')
        : portNumber('--port', port),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        topic: { type: 'string', default: 'test_topic' },
        group: { type: 'string' },
        get: { type: 'boolean', default: false },
        host: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}

function portNumber(name: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new ArgumentError(`${name} must be a whole number from 1 to 65535, not ${JSON.stringify(text)}`);
}

import { parseArgs } from 'node:util';

export const USAGE = `Prints the messages of a topic: those it holds, then new ones as they come.

  npx nx serve consumer [options]

  --topic=<name>    topic, or a filter such as sensors.*; default test_topic.
                    --topic=stock_prices is the ticker
  --get             take one message off the topic, print it and end
  --host=<name>     host of the broker, default localhost
  --port=<number>   port of the broker, default 8888
  --help            this text (npx nx serve consumer -- --help)

Colours are left out when the output is no terminal, or NO_COLOR is set.
`;

export interface ConsumerArguments {
  readonly topic: string;
  readonly get: boolean;
  readonly host: string;
  readonly port: number;
}

/** Something on the command line makes no sense; the message says what. */
export class ArgumentError extends Error {}

/** Reads the command line; `help` when that was asked for. Throws `ArgumentError`. */
export function parseArguments(argv: readonly string[]): ConsumerArguments | 'help' {
  const { help, topic, get, host, port } = read(argv);
  return help ? 'help' : { topic, get, host, port: portNumber(port) };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        topic: { type: 'string', default: 'test_topic' },
        get: { type: 'boolean', default: false },
        host: { type: 'string', default: 'localhost' },
        port: { type: 'string', default: '8888' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new ArgumentError(`--port must be a whole number from 1 to 65535, not ${JSON.stringify(text)}`);
}

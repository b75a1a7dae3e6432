import { parseArgs } from 'node:util';

export const USAGE = `Publishes messages to a topic until it is stopped.

  npx nx serve producer [options]

  --feed=hello      numbered greetings to test_topic, one a second (the default)
  --feed=stocks     five stock prices to stock_prices, every half second
  --topic=<name>    another topic
  --rate=<number>   messages a second
  --count=<number>  stop after so many messages
  --host=<name>     host of the broker, default POCHTA_HOST or localhost
  --port=<number>   port of the broker, default POCHTA_PORT or 8888
  --help            this text (npx nx serve producer -- --help)
`;

export type FeedName = 'hello' | 'stocks';

export interface ProducerArguments {
  readonly feed: FeedName;
  /** Default: the feed's own. */
  readonly topic: string | undefined;
  /** Messages a second; default: the feed's own. */
  readonly rate: number | undefined;
  readonly count: number;
  readonly host: string;
  readonly port: number;
}

/** Something on the command line makes no sense; the message says what. */
export class ArgumentError extends Error {}

/** Reads the command line; `help` when that was asked for. Throws `ArgumentError`. An empty variable is none. */
export function parseArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ProducerArguments | 'help' {
  const { help, feed, ...values } = read(argv);
  if (help) return 'help';
  if (feed !== 'hello' && feed !== 'stocks') {
    throw new ArgumentError(`--feed must be hello or stocks, not ${JSON.stringify(feed)}`);
  }
  return {
    feed,
    topic: values.topic,
    rate: values.rate === undefined ? undefined : number('--rate', values.rate, 0.001, 1_000_000),
    count: values.count === undefined ? Infinity : wholeNumber('--count', values.count, 1, 1e15),
    host: values.host ?? (environment.POCHTA_HOST || 'localhost'),
    port:
      values.port === undefined
        ? wholeNumber('POCHTA_PORT', environment.POCHTA_PORT || '8888', 1, 65_535)
        : wholeNumber('--port', values.port, 1, 65_535),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        feed: { type: 'string', default: 'hello' },
        topic: { type: 'string' },
        rate: { type: 'string' },
        count: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new ArgumentError(`${name} must be a number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = number(name, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new ArgumentError(`${name} must be a whole number, not ${JSON.stringify(text)}`);
}

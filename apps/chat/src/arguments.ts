import { parseArgs } from 'node:util';

export const USAGE = `A chat in the terminal.

  npx nx serve chat --user=alice [options]

  --user=<name>     who you are to the others
  --room=<name>     the topic to chat in, default chat_room
  --host=<name>     host of the broker, default POCHTA_HOST or localhost
  --port=<number>   port of the broker, default POCHTA_PORT or 8888
  --help            this text (npx nx serve chat -- --help)

Type a line and press Enter to send it. quit, Ctrl+D or Ctrl+C leaves.
`;

export interface ChatArguments {
  readonly user: string;
  readonly room: string;
  readonly host: string;
  readonly port: number;
}

/** Something on the command line makes no sense; the message says what. */
export class ArgumentError extends Error {}

/** Reads the command line; `help` when that was asked for. Throws `ArgumentError`. An empty variable is none. */
export function parseArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ChatArguments | 'help' {
  const { help, user, room, host, port } = read(argv);
  if (help) return 'help';
  if (user === undefined || user.trim() === '') throw new ArgumentError('Who are you? --user=<name>');
  if (/\p{Cc}/u.test(user)) throw new ArgumentError('--user must not hold control characters');
  return {
    user: user.trim(),
    room,
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
        user: { type: 'string' },
        room: { type: 'string', default: 'chat_room' },
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

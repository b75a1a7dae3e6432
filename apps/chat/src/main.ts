import { type Client, PochtaError } from '@pochta/client';
import { ArgumentError, parseArguments, USAGE, type ChatArguments } from './arguments';
import { connectPatiently } from './broker-connection';
import { ChatRoom } from './chat-room';
import { ChatTerminal } from './chat-terminal';

const stop = new AbortController();
const { signal } = stop;

async function main(): Promise<void> {
  const settings = parseArguments(process.argv.slice(2), process.env);
  if (settings === 'help') return void process.stdout.write(USAGE);
  // Once only: a second one ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const client = await connectPatiently(settings, (text) => console.error(text), signal);
  try {
    await chat(client, settings);
  } finally {
    await client.close();
  }
}

async function chat(client: Client, { user, room: topic }: ChatArguments): Promise<void> {
  const room = new ChatRoom(client, topic, user);
  const terminal = new ChatTerminal(process.stdin, process.stdout, `${user}> `);
  signal.addEventListener('abort', () => terminal.close());
  const tell = (text: string) => terminal.print(`(${text})`);
  client.on('disconnected', () => tell('The broker is gone. What you type is sent when it is back.'));
  client.on('reconnected', () => tell('The broker is back.'));

  await room.join((line) => terminal.print(line), signal);
  tell(`You are ${user} in ${topic}. quit leaves.`);
  for await (const line of terminal.lines()) {
    if (line.trim() === 'quit') break;
    if (line.trim() === '') continue;
    room.say(line).catch((error: unknown) => tell(notSent(line, error)));
    // Piped input may come faster than the broker can store it.
    if (client.unconfirmed > 1000) await client.flush();
  }
  terminal.close();
  if (client.unconfirmed > 0 && client.status !== 'connected')
    tell('Waiting for the broker, to send the rest.');
  await client.drain({ timeout: 5000 });
}

function notSent(line: string, error: unknown): string {
  const code = error instanceof PochtaError ? error.code : undefined;
  if (code === 'TOPIC_FULL') return `Not sent, the room is full: ${line}`;
  if (code === 'OUTCOME_UNKNOWN') return `Perhaps not sent, the broker did not confirm it: ${line}`;
  return `Not sent, ${error instanceof Error ? error.message : String(error)}: ${line}`;
}

main().catch((error: unknown) => {
  if (signal.aborted) return;
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof ArgumentError) console.error(`Options: ${helpFlag()}`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
});

/** Nx keeps a plain `--help` for itself. */
function helpFlag(): string {
  return process.env.NX_TASK_TARGET_TARGET === 'serve' ? 'npx nx serve chat -- --help' : '--help';
}

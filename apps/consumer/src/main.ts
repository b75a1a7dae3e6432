import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Client } from '@pochta/client';
import { ArgumentError, parseArguments, USAGE } from './arguments';
import { connectPatiently } from './broker-connection';
import { gapLine, messageLine, valueLine } from './message-line';

const stop = new AbortController();
const { signal } = stop;
const { stdout, env } = process;
// Asked in this order: hasColors lets the FORCE_COLOR that Nx sets win over NO_COLOR.
const colours = stdout.isTTY === true && !env.NO_COLOR && stdout.hasColors();

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(): Promise<void> {
  const settings = parseArguments(process.argv.slice(2), process.env);
  if (settings === 'help') return void stdout.write(USAGE);
  // Once only: a second Ctrl+C ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  // Whoever reads the output has had enough, as in `consumer | head`.
  stdout.once('error', () => stop.abort());

  const client = await connectPatiently(settings, say, signal);
  try {
    const { topic, group, get } = settings;
    if (get) await takeOne(client, topic);
    else if (group !== undefined) await share(client, topic, group);
    else await printAll(client, topic);
  } finally {
    await client.close();
  }
}

async function takeOne(client: Client, topic: string): Promise<void> {
  const value = await client.get(topic, { signal });
  if (value === undefined) say(`No messages in ${topic}.`);
  else stdout.write(`${valueLine(value, colours)}\n`);
}

async function printAll(client: Client, topic: string): Promise<void> {
  const messages = await client.subscribe(topic, { signal, onGap: (gap) => say(gapLine(gap)) });
  say(`Reading ${topic}; Ctrl+C ends it.`);
  for await (const message of messages) {
    const taken = stdout.write(`${messageLine(message, colours)}\n`);
    // A slow terminal holds the subscription back instead of filling the memory.
    if (!taken) await once(stdout, 'drain', { signal });
  }
}

/** The consumers of a group share what comes: each message is printed by one of them, and acked once it is. */
async function share(client: Client, topic: string, group: string): Promise<void> {
  // Draining acks what was printed and gives the rest to the others, but does not wait for a broker that is gone.
  signal.addEventListener('abort', () => void client.drain({ timeout: 3000 }));
  const subscription = await client.subscribe(topic, {
    group,
    prefetch: 10, // a terminal that stands still keeps no more than these from the others
    concurrency: 1, // one after the other, in their order
    onGap: (gap) => say(gapLine(gap)),
    // The client acks when this is done. When it throws, as nobody reads the output, the message comes again elsewhere.
    onMessage: (message) => write(`${messageLine(message, colours)}\n`),
  });
  say(`Sharing ${topic} in group ${group}; Ctrl+C ends it.`);
  const failure = await subscription.closed;
  if (failure !== undefined) throw failure;
}

const write = promisify((text: string, done: (error?: Error | null) => void) => stdout.write(text, done));

main().catch((error: unknown) => {
  if (signal.aborted) return;
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof ArgumentError) say(`Options: ${helpFlag()}`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
});

/** Nx keeps a plain `--help` for itself. */
function helpFlag(): string {
  return process.env.NX_TASK_TARGET_TARGET === 'serve' ? 'npx nx serve consumer -- --help' : '--help';
}

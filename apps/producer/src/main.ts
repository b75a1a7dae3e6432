import { ArgumentError, parseArguments, USAGE } from './arguments';
import { connectPatiently } from './broker-connection';
import { FEEDS } from './feeds';
import { publishFeed } from './publishing';

const stop = new AbortController();

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(): Promise<void> {
  const settings = parseArguments(process.argv.slice(2), process.env);
  if (settings === 'help') return void process.stdout.write(USAGE);
  // Once only: a second Ctrl+C ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  const client = await connectPatiently(settings, say, stop.signal);
  // Draining waits for the confirm of what is under way, but not for a broker that does not come back.
  stop.signal.addEventListener('abort', () => void client.drain({ timeout: 3000 }));

  const feed = FEEDS[settings.feed]();
  const { topic = feed.topic, rate = feed.rate, count } = settings;
  let published = 0;
  say(`Publishing to ${topic}; Ctrl+C ends it.`);
  try {
    await publishFeed(client, feed, {
      topic,
      rate,
      count,
      signal: stop.signal,
      say,
      onPublished: (message) => {
        published += 1;
        process.stdout.write(`${JSON.stringify(message)}\n`);
      },
    });
  } finally {
    await client.drain();
    say(`${published} published.`);
  }
}

main().catch((error: unknown) => {
  if (stop.signal.aborted) return;
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof ArgumentError) say(`Options: ${helpFlag()}`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
});

/** Nx keeps a plain `--help` for itself. */
function helpFlag(): string {
  return process.env.NX_TASK_TARGET_TARGET === 'serve' ? 'npx nx serve producer -- --help' : '--help';
}

import { Command, Option } from 'commander';
import { trueOrFalse, wholeNumber } from '../option-values';
import type { ServeOptions } from '../serve/broker-process';

const MAX_COUNT = 1_000_000_000;

const EXAMPLES = `
Ctrl+C and SIGTERM stop it: what was taken in is stored and confirmed, members of groups get three seconds to settle what
they have, and the exit code is 0. The broker app has more settings, topics with handlers, and HTTP for its health.

Examples:
  $ pochta serve
  $ pochta serve --port 9000 --data /var/lib/pochta
  $ pochta serve --engine memory --max-messages 100000 --overflow drop-oldest`;

export function serveCommand(): Command {
  return new Command('serve')
    .description('run a broker')
    .addOption(new Option('--host <address>', 'address to listen on').env('POCHTA_HOST').default('localhost'))
    .addOption(
      new Option('-p, --port <port>', 'port; 0 takes a free one')
        .env('POCHTA_PORT')
        .default(8888)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option('--simple-port <port>', 'port of the simple dialect')
        .env('POCHTA_SIMPLE_PORT')
        .argParser((text) => (text === 'off' ? undefined : wholeNumber(0, 65_535)(text))),
    )
    .addOption(new Option('-d, --data <folder>', 'data folder').env('POCHTA_DATA_DIR').default('./data'))
    .addOption(
      new Option('--engine <name>', 'lmdb keeps messages on disk, memory loses them at the end')
        .env('POCHTA_ENGINE')
        .choices(['lmdb', 'memory'])
        .default('lmdb'),
    )
    .addOption(
      new Option('--max-messages <number>', 'most messages of a topic')
        .default(1000)
        .argParser(wholeNumber(1, MAX_COUNT)),
    )
    .addOption(
      new Option('--overflow <what>', 'when a topic is full')
        .choices(['reject', 'drop-oldest', 'dead-letter'])
        .default('reject'),
    )
    .addOption(
      new Option('--auto-create <true|false>', 'whether a publish or subscribe creates a topic')
        .env('POCHTA_AUTO_CREATE')
        .default(true)
        .argParser(trueOrFalse),
    )
    .addOption(
      new Option(
        '--allow-anonymous [true|false]',
        'listen where other machines reach it, though nobody authenticates',
      )
        .env('POCHTA_ALLOW_ANONYMOUS')
        .default(false)
        .preset(true)
        .argParser(trueOrFalse),
    )
    .addOption(
      new Option('--admin <true|false>', 'whether peers may administrate it')
        .env('POCHTA_ADMIN')
        .default(true)
        .argParser(trueOrFalse),
    )
    .addHelpText('after', EXAMPLES)
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  // What is slow to load is for this verb alone.
  const { runBroker } = await import('../serve/broker-process');
  await runBroker(options);
}

import { Command } from 'commander';
import { type BrokerOptions, withBrokerOptions, withClient } from '../broker-client';
import { EXIT } from '../exit-code';
import { interrupted } from '../interruption';
import { valueLine } from '../message-line';
import { print, say } from '../output';
import { printable } from '../printable';

const EXAMPLES = `
The message is removed for everyone: the highest priority, then the oldest. Exit code 3 when the topic holds none.

Examples:
  $ pochta get jobs
  $ while pochta get jobs; do :; done     # until it is empty`;

export function getCommand(): Command {
  const command = new Command('get')
    .description('take one message off a topic and print it')
    .argument('<topic>', 'topic');
  return withBrokerOptions(command).addHelpText('after', EXAMPLES).action(get);
}

async function get(topic: string, options: BrokerOptions): Promise<void> {
  await withClient(options, async (client) => {
    const value = await client.get(topic, { signal: interrupted });
    if (value !== undefined) return print(valueLine(value));
    say(printable(`No messages in ${topic}.`));
    process.exitCode = EXIT.empty;
  });
}

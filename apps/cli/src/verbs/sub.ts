import type { Client, StartPosition } from '@pochta/client';
import { isTopicFilter } from '@pochta/protocol';
import { Command, InvalidArgumentError } from 'commander';
import { type BrokerOptions, withBrokerOptions, withClient } from '../broker-client';
import { UsageError } from '../failure';
import { share } from '../group-member';
import { interrupted } from '../interruption';
import { gapLine, type LineOptions, messageLine } from '../message-line';
import { wholeNumber } from '../option-values';
import { print, say } from '../output';
import { printable } from '../printable';

interface SubOptions extends BrokerOptions {
  readonly group?: string;
  readonly from?: StartPosition;
  readonly count: number;
  readonly json?: boolean;
  readonly manual?: boolean;
}

const EXAMPLES = `
Prints one message a line, as JSON: those the topic holds, then new ones as they come. With a filter (* is one token, a
final > the rest) the topic comes first. Control characters are escaped. Messages that were removed before they could be
printed are told on the standard error. A lost connection is waited for; Ctrl+C ends it.

With --group the messages are shared with the group's other members, and each is acked once it is printed. With --manual
as well, one message is printed at a time, and a line of the standard input says what becomes of it: ack, nack [ms] or
terminate [reason].

Examples:
  $ pochta sub orders
  $ pochta sub 'sensors.*' --from new --json
  $ pochta sub orders --from 120 --count 10
  $ pochta sub orders --from 2026-01-31T08:00:00Z
  $ pochta sub jobs --group workers
  $ pochta sub jobs --group workers --manual`;

export function subCommand(): Command {
  const command = new Command('sub')
    .description('print the messages of a topic, or of all that a filter matches')
    .argument('<topic>', 'topic or filter')
    .option('-g, --group <name>', 'be a member of this consumer group')
    .option(
      '--from <where>',
      'earliest (default), new, last, a sequence, or a time such as 2026-01-31T08:00Z',
      startAt,
    )
    .option(
      '-n, --count <number>',
      'end after so many messages',
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
      Infinity,
    )
    .option('--json', 'an object with topic, sequence, timestamp, headers, … and the message')
    .option('--manual', 'with --group: the standard input says what becomes of each message');
  return withBrokerOptions(command).addHelpText('after', EXAMPLES).action(subscribe);
}

async function subscribe(topic: string, options: SubOptions): Promise<void> {
  if (options.manual && options.group === undefined) throw new UsageError('--manual is for --group');
  await withClient(options, async (client) => {
    const line = { json: options.json, withTopic: isTopicFilter(topic) };
    try {
      await (options.group === undefined
        ? printAll(client, topic, line, options)
        : share(client, topic, options.group, line, options));
    } catch (error) {
      // Ctrl+C is how one ends it.
      if (!interrupted.aborted) throw error;
    }
  });
}

async function printAll(
  client: Client,
  topic: string,
  line: LineOptions,
  { from, count }: SubOptions,
): Promise<void> {
  const messages = await client.subscribe(topic, {
    from,
    signal: interrupted,
    onGap: (gap) => say(gapLine(gap)),
  });
  sayReading(`Reading ${topic}`);
  let printed = 0;
  for await (const message of messages) {
    await print(messageLine(message, line));
    printed += 1;
    if (printed >= count) break;
  }
}

/** What a person wants to know, and a script does not. */
function sayReading(text: string): void {
  if (process.stderr.isTTY) say(printable(`${text}; Ctrl+C ends it.`));
}

function startAt(text: string): StartPosition {
  if (text === 'earliest' || text === 'new' || text === 'last') return text;
  if (/^\d+$/.test(text)) return { sequence: Number(text) };
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return { time };
  throw new InvalidArgumentError(
    'It must be earliest, new, last, a sequence, or a time of the form 2026-01-31T08:00Z.',
  );
}

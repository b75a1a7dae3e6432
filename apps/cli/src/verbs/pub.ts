import { createReadStream } from 'node:fs';
import type { Client, RawPublishOptions } from '@pochta/client';
import { Command } from 'commander';
import { type BrokerOptions, withBrokerOptions, withClient } from '../broker-client';
import { UsageError } from '../failure';
import { inputLines, wholeInput } from '../input-lines';
import { interrupted } from '../interruption';
import { messageJson, type TextForm } from '../message-text';
import { keyValue, milliseconds, wholeNumber } from '../option-values';
import { say } from '../output';
import { Publishing } from '../publishing';

interface PubOptions extends BrokerOptions {
  readonly file?: string;
  readonly whole?: boolean;
  readonly json?: boolean;
  readonly text?: boolean;
  readonly key?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly delay?: number;
  readonly ttl?: number;
  readonly id?: string;
  readonly contentType?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
A message is JSON, or else a string: what begins with {, [ or " must be JSON. Without a message, or with -, each line of
the standard input is one; blank lines are none. The first line that is no message, or that the broker refuses, ends it
with exit code 1; the count says how many are stored.

Examples:
  $ pochta pub orders '{"id":1,"total":9.5}' --key ann --header source=shop
  $ pochta pub reminders 'call Bob' --delay 1h --ttl 1d
  $ pochta pub orders < orders.ndjson
  $ tail -f app.log | pochta pub logs --text
  $ pochta pub pictures --file cat.png --content-type image/png`;

export function pubCommand(): Command {
  const command = new Command('pub')
    .description('publish a message, or each line of the input')
    .argument('<topic>', 'topic')
    .argument('[message]', 'message; - for the standard input')
    .option('-f, --file <path>', 'the lines of a file; - for the standard input')
    .option('--whole', 'the whole input is one message')
    .option('--json', 'nothing but JSON')
    .option('--text', 'everything is text, also what looks like JSON')
    .option('-k, --key <key>', 'what belongs together: handled in order by a group')
    .option('-H, --header <key=value>', 'header; may be repeated', keyValue)
    .option('-p, --priority <number>', '0 to 9, the highest', wholeNumber(0, 9))
    .option('--delay <time>', 'time until it becomes due: 1500 (ms), 2s, 5m, 1h, 7d', milliseconds)
    .option('--ttl <time>', 'time it lives once it is due', milliseconds)
    .option('--id <id>', "message id, by which a repeat is known; each line's has its number behind it")
    .option('--content-type <type>', 'MIME type of the input, which is sent as it is, in one message')
    .option('-q, --quiet', 'no count and no progress');
  return withBrokerOptions(command).addHelpText('after', EXAMPLES).action(publish);
}

async function publish(topic: string, message: string | undefined, options: PubOptions): Promise<void> {
  checkTogether(message, options);
  await withClient(options, async (client) => {
    const publishing = new Publishing(client, topic, options.quiet === true);
    await publishing.run(() => publishInput(publishing, client, message, options));
  });
}

async function publishInput(
  publishing: Publishing,
  client: Client,
  message: string | undefined,
  options: PubOptions,
): Promise<void> {
  const form = options.json ? 'json' : options.text ? 'text' : 'auto';
  const attributes = attributesOf(options);
  if (message !== undefined && message !== '-') {
    const bytes = Buffer.from(message);
    return publishing.one(payload(bytes, form, options), attributes);
  }
  const input = inputOf(options);
  try {
    if (options.whole || options.contentType !== undefined) {
      return await publishing.one(payload(await wholeInput(input), form, options), attributes);
    }
    for await (const { number, bytes } of inputLines(input)) {
      const id = options.id && `${options.id}:${number}`;
      const json = messageJson(bytes, form, `line ${number}: `);
      await publishing.line(number, json, { ...attributes, messageId: id });
      if (publishing.failed) return;
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
  }
}

function payload(bytes: Buffer, form: TextForm, { contentType }: PubOptions): Uint8Array {
  return contentType === undefined ? messageJson(bytes, form) : bytes;
}

/** The bytes to read; Ctrl+C ends them. */
function inputOf({ file }: PubOptions): AsyncIterable<Buffer> {
  if (file !== undefined && file !== '-') return createReadStream(file, { signal: interrupted });
  if (process.stdin.isTTY) say('Each line that you type is a message; Ctrl+D ends it.');
  interrupted.addEventListener('abort', () => process.stdin.destroy());
  return process.stdin as AsyncIterable<Buffer>;
}

function attributesOf(options: PubOptions): RawPublishOptions {
  const { key, header: headers, priority, delay, ttl, id: messageId, contentType } = options;
  const given = { key, headers, priority, delay, ttl, messageId, contentType };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function checkTogether(message: string | undefined, { file, json, text, contentType }: PubOptions): void {
  if (message !== undefined && message !== '-' && file !== undefined) {
    throw new UsageError('a message and --file are two things to publish');
  }
  if (json && text) throw new UsageError('--json and --text contradict each other');
  if (contentType !== undefined && (json || text)) {
    throw new UsageError('with --content-type the input is sent as it is, without --json or --text');
  }
}

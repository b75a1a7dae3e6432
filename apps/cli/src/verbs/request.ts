import { Command } from 'commander';
import { type BrokerOptions, withBrokerOptions, withClient } from '../broker-client';
import { wholeInput } from '../input-lines';
import { interrupted } from '../interruption';
import { payloadLine } from '../message-line';
import { messageJson } from '../message-text';
import { keyValue, milliseconds } from '../option-values';
import { print } from '../output';

interface RequestVerbOptions extends BrokerOptions {
  readonly timeout?: number;
  readonly header?: Readonly<Record<string, string>>;
}

const EXAMPLES = `
Prints the reply as JSON; of a reply in parts each part, as it comes. Without a responder it fails with NO_RESPONDERS at
once, without a reply in time with REQUEST_TIMEOUT; what the responder refuses with is told with its code.

Examples:
  $ pochta request double 21
  $ pochta request reports.create '{"month":"2026-01"}' --timeout 2m
  $ pochta request '$pochta.topics.list' '{}'`;

export function requestCommand(): Command {
  const command = new Command('request')
    .description('ask whoever responds on a topic, and print the reply')
    .argument('<topic>', 'topic')
    .argument('<message>', 'JSON, or else a string; - for the whole standard input')
    .option(
      '-t, --timeout <time>',
      'longest wait for the reply, or for its next part (default: 30s)',
      milliseconds,
    )
    .option('-H, --header <key=value>', 'header; may be repeated', keyValue);
  return withBrokerOptions(command).addHelpText('after', EXAMPLES).action(request);
}

async function request(topic: string, message: string, options: RequestVerbOptions): Promise<void> {
  const text =
    message === '-' ? await wholeInput(process.stdin as AsyncIterable<Buffer>) : Buffer.from(message);
  const json = messageJson(text, 'auto');
  await withClient(options, async (client) => {
    const { timeout, header: headers } = options;
    for await (const part of client.requestManyRaw(topic, json, { timeout, headers, signal: interrupted })) {
      await print(payloadLine(part));
    }
  });
}

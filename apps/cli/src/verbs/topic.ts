import type { Client } from '@pochta/client';
import { ADMIN_VERBS, type AdminVerb } from '@pochta/protocol';
import type { GroupReport, TopicReport } from '@pochta/server';
import { Command } from 'commander';
import { type BrokerOptions, withBrokerOptions, withClient } from '../broker-client';
import { interrupted } from '../interruption';
import { print } from '../output';
import { printableJson } from '../printable';
import { facts, table } from '../table';

interface TopicOptions extends BrokerOptions {
  readonly json?: boolean;
}

const LS_EXAMPLES = `
Dead-letter topics are listed only without a filter, or with one that says so.

Examples:
  $ pochta topic ls
  $ pochta topic ls 'sensors.>'
  $ pochta topic ls --json | jq -r 'select(.messages > 0).name'`;

const INFO_EXAMPLES = `
Examples:
  $ pochta topic info orders
  $ pochta topic info orders --json`;

export function topicCommand(): Command {
  const ls = new Command('ls')
    .description('list the topics there are')
    .argument('[filter]', 'those that match: * is one token, a final > the rest')
    .option('--json', 'one object a line')
    .addHelpText('after', LS_EXAMPLES)
    .action(list);
  const info = new Command('info')
    .description('what a topic holds, its policy and its consumer groups')
    .argument('<topic>', 'topic')
    .option('--json', 'one object: topic and groups')
    .addHelpText('after', INFO_EXAMPLES)
    .action(inform);
  return new Command('topic')
    .description('look at topics')
    .addCommand(withBrokerOptions(ls))
    .addCommand(withBrokerOptions(info));
}

async function list(filter: string | undefined, options: TopicOptions): Promise<void> {
  await withClient(options, async (client) => {
    const topics: TopicReport[] = [];
    for await (const page of pages<{ topics: TopicReport[] }>(client, ADMIN_VERBS.listTopics, { filter })) {
      if (!options.json) topics.push(...page.topics);
      else for (const topic of page.topics) await print(printableJson(JSON.stringify(topic)));
    }
    if (options.json) return;
    const rows = topics.map((topic) => [
      topic.name,
      topic.messages,
      topic.bytes,
      topic.groups,
      topic.subscriptions,
      topic.policy.overflow,
      topic.policy.storage,
    ]);
    const head = ['TOPIC', 'MESSAGES', 'BYTES', 'GROUPS', 'SUBSCRIPTIONS', 'OVERFLOW', 'STORAGE'];
    for (const line of table(head, rows)) await print(line);
  });
}

async function inform(name: string, options: TopicOptions): Promise<void> {
  await withClient(options, async (client) => {
    const topic = await ask<TopicReport>(client, ADMIN_VERBS.topicInfo, { topic: name });
    const groups: GroupReport[] = [];
    for await (const page of pages<{ groups: GroupReport[] }>(client, ADMIN_VERBS.listGroups, {
      topic: name,
    })) {
      groups.push(...page.groups);
    }
    if (options.json) return print(printableJson(JSON.stringify({ topic, groups })));
    for (const line of [...topicFacts(topic), ...groupTable(groups)]) await print(line);
  });
}

function topicFacts({ name, policy, ...topic }: TopicReport): string[] {
  return facts([
    ['topic', name],
    ['messages', topic.messages],
    ['bytes', topic.bytes],
    ['delayed', topic.delayed],
    ['first sequence', topic.firstSequence],
    ['next sequence', topic.nextSequence],
    ['subscriptions', topic.subscriptions],
    ...Object.entries(policy).map(([setting, value]) => [setting, settingText(value)] as const),
  ]);
}

function groupTable(groups: readonly GroupReport[]): string[] {
  if (groups.length === 0) return ['', 'no consumer groups'];
  const head = ['GROUP', 'MEMBERS', 'BACKLOG', 'IN FLIGHT', 'WAITING', 'ACK FLOOR', 'DEAD LETTERS'];
  const rows = groups.map((group) => [
    group.name,
    group.members,
    group.backlog,
    group.inFlight,
    group.waiting,
    group.ackFloor,
    group.deadLetters,
  ]);
  return ['', ...table(head, rows)];
}

/** A setting that says nothing, or sets no limit, is told in words. */
function settingText(value: string | number | boolean): string {
  if (value === '') return '(default)';
  return value === Number.MAX_SAFE_INTEGER ? 'no limit' : `${value}`;
}

/** The pages of a list, to its end. */
async function* pages<Page extends object>(
  client: Client,
  verb: AdminVerb,
  request: object,
): AsyncGenerator<Page> {
  let after: string | undefined;
  do {
    const page: { next?: string } = await ask(client, verb, { ...request, after });
    yield page as Page;
    after = page.next;
  } while (after !== undefined);
}

function ask<T>(client: Client, verb: AdminVerb, request: object): Promise<T> {
  return client.request<T>(verb, request, { signal: interrupted });
}

import { type Client, connect } from '@pochta/client';
import { cleanUp, startBroker, type StartBrokerOptions } from '@pochta/testing';
import { outcomeOf, pochta, startPochta } from '../../fixtures/command';

let client: Client;
afterEach(() => client.close());
afterEach(cleanUp);

async function setUp(options: StartBrokerOptions = {}) {
  const broker = await startBroker(options);
  client = await connect({ port: broker.port, reconnect: { maxDelay: 50 } });
  const env = { POCHTA_SERVER: `localhost:${broker.port}` };
  return { broker, env, start: (...args: string[]) => startPochta(['sub', ...args], env) };
}

it('prints what the topic holds and what comes, one message a line, until Ctrl+C', async () => {
  const { start } = await setUp();
  await client.publishRaw('orders', Buffer.from('{"id":1, "total":9.50}'));
  const command = start('orders');
  await command.stdout.until('9.50');
  await client.publish('orders', 'text');
  await command.stdout.until('text');
  command.signal('SIGINT');
  expect(await outcomeOf(command)).toEqual({
    code: 0,
    stdout: '{"id":1, "total":9.50}\n"text"\n',
    stderr: '',
  });
});

it.each([
  ['earliest', '[1]\n'],
  ['last', '[3]\n'],
  ['2', '[2]\n'],
  ['2020-01-31T08:00Z', '[1]\n'],
])('begins at --from %s, and ends at its count', async (from, stdout) => {
  const { env } = await setUp();
  await client.publishMany('orders', [[1], [2], [3]]);
  expect(await pochta(['sub', 'orders', '--from', from, '--count', '1'], env)).toMatchObject({
    code: 0,
    stdout,
  });
});

it('tells the topic with a filter, and everything with --json', async () => {
  const { env } = await setUp();
  await client.publish('sensors.eu', 21, { key: 'k', headers: { unit: 'C' }, priority: 3 });
  expect(await pochta(['sub', 'sensors.*', '-n', '1'], env)).toMatchObject({ stdout: 'sensors.eu 21\n' });
  const { stdout } = await pochta(['sub', 'sensors.*', '-n', '1', '--json'], env);
  expect(JSON.parse(stdout)).toEqual({
    topic: 'sensors.eu',
    sequence: 1,
    timestamp: expect.any(Number),
    epoch: expect.any(String),
    key: 'k',
    headers: { unit: 'C' },
    priority: 3,
    message: 21,
  });
});

it('a message cannot command the terminal, nor pretend to be two', async () => {
  const { env } = await setUp();
  const text = '\x1b[2J\x9b31m\u202Efdp\u2028{"forged":1}\x7f';
  await client.publish('chat', { text }, { headers: { from: '\x9bH' }, key: '\u202Ek' });
  for (const options of [[], ['--json']]) {
    const { stdout } = await pochta(['sub', 'chat', '-n', '1', ...options], env);
    expect(stdout.trimEnd()).not.toMatch(/[\p{Cc}\u2028-\u202E]/u);
    expect(stdout).toContain('\\u009b31m\\u202efdp');
  }
});

it('announces messages that were removed before it could print them', async () => {
  const { env } = await setUp({ defaults: { maxMessages: 3, overflow: 'drop-oldest' } });
  await client.publishMany('ticks', [1, 2, 3, 4, 5, 6]);
  const { stdout, stderr } = await pochta(['sub', 'ticks', '--from', '1', '-n', '3'], env);
  expect(stdout).toBe('4\n5\n6\n');
  expect(stderr).toBe('(ticks: messages 1 to 3 are missing: overflow)\n');
});

it('goes on after a restart of the broker, without a repeat or a hole', async () => {
  const { broker, start } = await setUp({ engine: 'lmdb' });
  await client.publishMany('orders', [1, 2]);
  const command = start('orders', '--count', '4');
  await command.stdout.until('1\n2\n');
  await broker.restart();
  await client.publishMany('orders', [3, 4]);
  expect(await outcomeOf(command)).toEqual({
    code: 0,
    stdout: '1\n2\n3\n4\n',
    stderr: expect.stringMatching(
      /^The broker at localhost:\d+ is gone; waiting for it.\nThe broker is back.\n$/,
    ),
  });
});

it('ends quietly when nobody reads its output any more', async () => {
  const { start } = await setUp();
  await client.publish('orders', 1);
  const command = start('orders');
  await command.stdout.until('1\n');
  command.closeOutput();
  await client.publishMany('orders', [2, 3]);
  expect(await outcomeOf(command)).toMatchObject({ code: 0, stderr: '' });
});

describe('a member of a group', () => {
  it('acks what it has printed, and gives back the rest at its count', async () => {
    const { broker, env } = await setUp();
    await client.publishMany('jobs', [1, 2, 3, 4]);
    expect(await pochta(['sub', 'jobs', '-g', 'workers', '-n', '2'], env)).toMatchObject({
      stdout: '1\n2\n',
    });
    const { stdout } = await pochta(['sub', 'jobs', '-g', 'workers', '-n', '2', '--json'], env);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { message: 3, group: 'workers', deliveryCount: 1 },
      { message: 4, group: 'workers', deliveryCount: 1 },
    ]);
    expect(broker.server.broker.store.describe('jobs')).toMatchObject({ groups: 1 });
  });

  it('gives back what it has not printed when Ctrl+C ends it', async () => {
    const { env, start } = await setUp();
    await client.publish('jobs', 1);
    const command = start('jobs', '--group', 'workers');
    await command.stdout.until('1\n');
    command.signal('SIGTERM');
    expect(await outcomeOf(command)).toMatchObject({ code: 0, stderr: '' });
    await client.publish('jobs', 2);
    expect(await pochta(['sub', 'jobs', '-g', 'workers', '-n', '1'], env)).toMatchObject({ stdout: '2\n' });
  });

  it('with --manual does with each message what the input says', async () => {
    const { env } = await setUp();
    await client.publishMany('jobs', ['good', 'later', 'bad', 'unread']);
    const input = 'what?\nack\nnack 0\nterminate not a job\n';
    const { code, stdout, stderr } = await pochta(['sub', 'jobs', '-g', 'w', '--manual'], env, input);
    expect(code).toBe(0);
    expect(stderr).toBe('Say ack, nack [ms] or terminate [reason].\n');
    expect(stdout.split('\n').slice(0, 2)).toEqual(['"good"', '"later"']);
    const dead = await client.subscribe('jobs.dead');
    for await (const { headers } of dead) {
      expect(headers).toMatchObject({ 'dead-letter-reason': 'terminated' });
      break;
    }
    const rest = await pochta(['sub', 'jobs', '-g', 'w', '-n', '2'], env);
    expect(rest.stdout.trim().split('\n')).toHaveLength(2);
  });
});

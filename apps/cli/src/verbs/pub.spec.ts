import { connect } from '@pochta/client';
import { cleanUp, eventually, startBroker, type StartBrokerOptions } from '@pochta/testing';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outcomeOf, pochta, startPochta } from '../../fixtures/command';

afterEach(cleanUp);

async function setUp(options: StartBrokerOptions = {}) {
  const broker = await startBroker(options);
  const env = { POCHTA_SERVER: `localhost:${broker.port}` };
  /** What the topic holds. */
  const held = async (topic: string) => {
    const client = await connect({ port: broker.port });
    const messages = [];
    const { messages: count } = broker.server.broker.store.describe(topic)!;
    if (count > 0) {
      for await (const message of await client.subscribe(topic)) if (messages.push(message) === count) break;
    }
    await client.close();
    return messages;
  };
  const values = async (topic: string) => (await held(topic)).map(({ value }) => value);
  return { broker, env, held, values };
}

it('publishes the argument with all that is said of it', async () => {
  const { env, held } = await setUp();
  const options = ['--key', 'ann', '--header', 'a=1', '-H', 'b=x=y', '--priority', '7', '--ttl', '1h'];
  const { code, stdout, stderr } = await pochta(['pub', 'orders', '{"id":1, "total":9.50}', ...options], env);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: '1 message published to orders.\n',
  });
  const [message] = await held('orders');
  expect(message).toMatchObject({ key: 'ann', headers: { a: '1', b: 'x=y' }, priority: 7 });
  expect(Buffer.from(message.bytes).toString()).toBe('{"id":1, "total":9.50}');
});

it('delays a message, and knows a repeat by its id', async () => {
  const { broker, env } = await setUp();
  await pochta(['pub', 'reminders', 'later', '--delay', '1h'], env);
  expect(broker.server.broker.store.describe('reminders')).toMatchObject({ messages: 0, delayed: 1 });

  for (const text of ['first', 'again']) await pochta(['pub', 'orders', text, '--id', 'order-1'], env);
  expect(broker.server.broker.store.describe('orders')).toMatchObject({ messages: 1 });
});

it.each([
  ['hello', 'hello', []],
  ['17', 17, []],
  ['17', '17', ['--text']],
  ['null', null, []],
  ['{not json', '{not json', ['--text']],
])('takes %j for %j with %j', async (text, value, options) => {
  const { env, values } = await setUp();
  expect(await pochta(['pub', 't', text, ...options], env)).toMatchObject({ code: 0 });
  expect(await values('t')).toEqual([value]);
});

it.each([
  ['{"id":', []],
  ['"open', []],
  ['hello', ['--json']],
])('refuses %j with %j, which is not JSON', async (text, options) => {
  const { broker, env } = await setUp();
  const { code, stderr } = await pochta(['pub', 't', text, ...options], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^pochta: INVALID_JSON [^\n]* is not JSON/);
  expect(broker.server.broker.store.describe('t')).toBeUndefined();
});

it.each([
  ['the standard input', ['pub', 'orders']],
  ['the standard input, named by -', ['pub', 'orders', '-']],
])('publishes the lines of %s in their order, and counts them', async (_what, args) => {
  const { env, values } = await setUp({ defaults: { maxMessages: 10_000 } });
  const ids = Array.from({ length: 5000 }, (_, id) => ({ id }));
  const input = ids.map((line) => `${JSON.stringify(line)}\n`).join('');
  const { code, stderr } = await pochta([...args, '--key', 'k'], env, input);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '5000 messages published to orders.\n' });
  expect(await values('orders')).toEqual(ids);
});

it('publishes the lines of a file, or all of it as one message', async () => {
  const { env, values } = await setUp();
  const file = join(mkdtempSync(join(tmpdir(), 'pochta-')), 'lines');
  writeFileSync(file, '[1,\n2]\n');
  expect(await pochta(['pub', 'one', '--file', file, '--whole'], env)).toMatchObject({ code: 0 });
  expect(await values('one')).toEqual([[1, 2]]);
  expect(await pochta(['pub', 'lines', '--file', file, '--text'], env)).toMatchObject({ code: 0 });
  expect(await values('lines')).toEqual(['[1,', '2]']);
  const { code, stderr } = await pochta(['pub', 'none', '--file', `${file}.not`], env);
  expect(code).toBe(1);
  expect(stderr).toContain('pochta: ENOENT no such file or directory');
});

it('publishes bytes of another content type as they are, in one message', async () => {
  const { env, held } = await setUp();
  const bytes = Buffer.from([0xff, 0x0a, 0x00, 0x0a]);
  expect(await pochta(['pub', 'pictures', '--content-type', 'image/png'], env, bytes)).toMatchObject({
    code: 0,
  });
  const [message] = await held('pictures');
  expect(message.contentType).toBe('image/png');
  expect(Buffer.from(message.bytes)).toEqual(bytes);

  expect((await pochta(['sub', 'pictures', '-n', '1'], env)).stdout).toBe('(4 bytes of image/png)\n');
  const { stdout } = await pochta(['sub', 'pictures', '-n', '1', '--json'], env);
  expect(JSON.parse(stdout)).toMatchObject({
    contentType: 'image/png',
    encoding: 'base64',
    message: bytes.toString('base64'),
  });
  expect((await pochta(['get', 'pictures'], env)).stdout).toBe('(4 bytes)\n');
});

it('gives each line an id of its own, so that the same input again stores nothing twice', async () => {
  const { env, values } = await setUp();
  for (let run = 0; run < 2; run += 1) await pochta(['pub', 'orders', '--id', 'import-7'], env, '1\n2\n3\n');
  expect(await values('orders')).toEqual([1, 2, 3]);
});

it.each([
  ['is not JSON', '{"id":', 'INVALID_JSON line 3: {"id": is not JSON'],
  ['is not UTF-8', Buffer.from([0xff, 0xfe]), 'INVALID_JSON line 3: it is not UTF-8'],
  ['is longer than a frame', `"${'x'.repeat(1024 * 1024)}"`, 'FRAME_TOO_LARGE line 3: it is longer than'],
])('names a line in the middle that %s; what came before is published', async (_what, line, text) => {
  const { env, values } = await setUp();
  const input = Buffer.concat([Buffer.from('1\n2\n'), Buffer.from(line), Buffer.from('\n4\n')]);
  const { code, stderr } = await pochta(['pub', 'orders'], env, input);
  expect(code).toBe(1);
  expect(stderr).toContain(`pochta: ${text}`);
  expect(stderr).toContain('2 messages published to orders.');
  expect(await values('orders')).toEqual([1, 2]);
});

it('says which lines the broker refused, and ends with code 1', async () => {
  const { env } = await setUp({ topics: { full: { maxMessages: 2 } } });
  const { code, stderr } = await pochta(['pub', 'full'], env, '1\n2\n3\n');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'pochta: TOPIC_FULL line 3: Queue full\n2 messages published to full. 1 not.\n',
  });
  const one = await pochta(['pub', 'full', '4', '--quiet'], env);
  expect(one).toEqual({ code: 1, stdout: '', stderr: 'pochta: TOPIC_FULL Queue full\n' });
});

it('publishes each line as it comes, and confirms what it has when Ctrl+C ends it', async () => {
  const { broker, env } = await setUp();
  const command = startPochta(['pub', 'logs'], env);
  command.type('"one"\n"tw');
  await eventually(() => broker.server.broker.store.describe('logs')?.messages === 1);
  command.signal('SIGINT');
  expect(await outcomeOf(command)).toMatchObject({ code: 130, stderr: '1 message published to logs.\n' });
});

it('waits for a broker that is gone and loses no line; Ctrl+C ends the wait', async () => {
  const { broker, env, values } = await setUp({ engine: 'lmdb' });
  const command = startPochta(['pub', 'logs'], env);
  command.type('1\n');
  await eventually(() => broker.server.broker.store.describe('logs')?.messages === 1);
  await broker.server.stop();
  await command.stderr.until('is gone; waiting for it.');
  command.type('2\n');
  await broker.restart();
  await eventually(() => broker.server.broker.store.describe('logs')?.messages === 2);
  await broker.server.stop();
  await command.stderr.until(/is gone[^]*is gone/);
  command.type('3\n');
  command.signal('SIGINT');
  const { code, stderr } = await outcomeOf(command);
  expect(code).toBe(130);
  expect(stderr).toMatch(/2 messages published to logs\./);
  await broker.restart();
  expect(await values('logs')).toEqual([1, 2]);
});

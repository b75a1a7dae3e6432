import { connect } from '@pochta/client';
import { cleanUp } from '@pochta/testing';
import { temporaryFolder } from '@pochta/testing/processes';
import { join } from 'node:path';
import { outcomeOf, pochta, startPochta } from '../../fixtures/command';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(cleanUp);

async function serve(env: Readonly<Record<string, string>> = {}, ...args: string[]) {
  const broker = startPochta(['serve', ...args], { POCHTA_PORT: '0', ...env }, folder);
  await broker.stdout.until('\n');
  const port = /127\.0\.0\.1:(\d+)/.exec(broker.stdout.text)?.[1];
  return { broker, port: Number(port), env: { POCHTA_SERVER: `localhost:${port}` } };
}

it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, and keeps what it was given', async (signal) => {
  const { broker, env } = await serve();
  expect(broker.stdout.text).toContain(`; data: ${join(folder, 'data')}. Ctrl+C stops it.\n`);
  await pochta(['pub', 'orders', '1'], env);
  broker.signal(signal);
  expect(await outcomeOf(broker)).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/\nBroker stopped\n$/),
  });

  const again = await serve();
  expect(await pochta(['get', 'orders'], again.env)).toMatchObject({ stdout: '1\n' });
});

it('takes settings from the environment that the broker app takes, and flags before them', async () => {
  const names = { POCHTA_ENGINE: 'memory', POCHTA_AUTO_CREATE: 'false', POCHTA_SIMPLE_PORT: '0' };
  const { broker, env } = await serve(names, '--auto-create', 'true', '--max-messages', '1');
  expect(broker.stdout.text).toMatch(/\(simple\).*; data: none\./);
  const { stderr } = await pochta(['pub', 'orders'], env, '1\n2\n');
  expect(stderr).toContain('TOPIC_FULL line 2');
});

it.each([
  [
    ['--host', '0.0.0.0'],
    2,
    /^pochta: INVALID_CONFIG host: 0\.0\.0\.0 can be reached from .*: --allow-anonymous, or /,
  ],
  [['--engine', 'files'], 2, /^pochta: USAGE .*Allowed choices are lmdb, memory/],
  [['--data', '/dev/null/x'], 1, /^pochta: DATA_DIR_UNUSABLE .*--data or POCHTA_DATA_DIR/],
])('with %j ends with code %d, and says why', async (args, code, text) => {
  const result = await pochta(['serve', '--port', '0', ...args]);
  expect(result).toMatchObject({ code, stderr: expect.stringMatching(text) });
  expect(result.stderr.trimEnd()).not.toContain('\n');
});

it('says that its port is taken', async () => {
  const { port } = await serve();
  const { code, stderr } = await pochta(['serve', '--port', `${port}`, '--engine', 'memory']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^pochta: ADDRESS_UNAVAILABLE .*--port or POCHTA_PORT/);
});

describe('the topics of a broker', () => {
  it('are listed, for people and for scripts', async () => {
    const { env } = await serve();
    await pochta(['pub', 'orders'], env, '1\n22\n');
    await pochta(['pub', 'sensors.eu', '3'], env);
    expect((await pochta(['topic', 'ls'], env)).stdout).toBe(
      [
        'TOPIC       MESSAGES  BYTES  GROUPS  SUBSCRIPTIONS  OVERFLOW  STORAGE',
        'orders             2      3       0              0  reject    disk',
        'sensors.eu         1      1       0              0  reject    disk',
        '',
      ].join('\n'),
    );
    const { stdout } = await pochta(['topic', 'ls', 'sensors.*', '--json'], env);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'sensors.eu',
      messages: 1,
      policy: { storage: 'disk' },
    });
  });

  it('are told one by one, with their groups', async () => {
    const { env } = await serve();
    await pochta(['pub', 'jobs'], env, '1\n2\n');
    await pochta(['sub', 'jobs', '--group', 'workers', '--count', '1'], env);
    const { code, stdout } = await pochta(['topic', 'info', 'jobs'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^messages +2$/m);
    expect(stdout).toMatch(/^maxAge +no limit$/m);
    expect(stdout).toMatch(/^GROUP +MEMBERS +BACKLOG/m);
    expect(stdout).toMatch(/^workers +0 +1 +0 +0 +2 +0$/m);
    const details = JSON.parse((await pochta(['topic', 'info', 'jobs', '--json'], env)).stdout) as object;
    expect(details).toMatchObject({ topic: { name: 'jobs' }, groups: [{ name: 'workers', backlog: 1 }] });
  });

  it('that do not exist are refused with their code', async () => {
    const { env } = await serve();
    expect(await pochta(['topic', 'info', 'jobs'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'pochta: TOPIC_UNKNOWN Unknown topic: jobs\n',
    });
  });

  it('are listed to the end, however many pages that takes', async () => {
    const { env, port } = await serve({ POCHTA_ENGINE: 'memory' });
    const client = await connect({ port });
    const names = Array.from({ length: 250 }, (_, n) => `t${`${n}`.padStart(3, '0')}`);
    await Promise.all(names.map((name) => client.publish(name, 1)));
    await client.close();
    const { stdout } = await pochta(['topic', 'ls', '--json'], env);
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name);
    expect(listed).toEqual(names);
  });

  it('are nobody else’s business with --admin false, and what is asked wrongly is refused', async () => {
    const { env } = await serve({}, '--admin', 'false');
    expect(await pochta(['topic', 'ls'], env)).toMatchObject({
      code: 1,
      stderr: 'pochta: NO_RESPONDERS No responders\n',
    });
    const open = await serve({ POCHTA_ENGINE: 'memory' });
    for (const [message, text] of [
      ['{"limit":0}', 'limit must be an integer from 1 to 1000'],
      ['17', 'must be an object'],
    ]) {
      const { stderr } = await pochta(['request', '$pochta.topics.list', message], open.env);
      expect(stderr).toMatch(/^pochta: VALIDATION_FAILED /);
      expect(stderr).toContain(text);
    }
  });
});

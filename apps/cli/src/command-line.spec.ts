import { cleanUp, startBroker } from '@pochta/testing';
import { builtApp } from '@pochta/testing/processes';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../package.json';
import { pochta } from '../fixtures/command';

afterEach(cleanUp);

const VERBS = ['serve', 'pub', 'sub', 'get', 'request', 'topic ls', 'topic info', 'asyncapi'];

it('lists its verbs', async () => {
  const { code, stdout } = await pochta(['--help']);
  expect(code).toBe(0);
  for (const verb of VERBS) expect(stdout).toContain(verb.split(' ')[0]);
});

it.each(VERBS)('%s explains itself, with examples', async (verb) => {
  const { code, stdout } = await pochta([...verb.split(' '), '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: pochta ${verb}`);
  expect(stdout).toContain(`$ pochta ${verb}`);
});

it('tells its version', async () => {
  expect(await pochta(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

it.each([
  [['pup', 'orders'], "unknown command 'pup' (Did you mean pub?)"],
  [['sub', 'orders', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
  [['topic', 'inf', 'orders'], "unknown command 'inf' (Did you mean info?)"],
  [['sub'], "missing required argument 'topic'"],
  [
    ['--server', 'a:1', 'sub', 'b'],
    '--server belongs to a verb: put it after the verb, as in pochta <verb> … --server',
  ],
  [['-sa:1', 'sub', 'b'], '-s belongs to a verb: put it after the verb, as in pochta <verb> … -s'],
  [
    ['topic', '--json', 'ls'],
    '--json belongs to a verb: put it after the verb, as in pochta topic <verb> … --json',
  ],
  [['--nonsense', 'sub', 'b'], "unknown option '--nonsense'"],
  [['pub', 'a', 'b', '--priority', '12'], 'It must be a whole number from 0 to 9.'],
  [['pub', 'a', 'b', '--delay', 'soon'], 'It must be milliseconds, or a number with a unit'],
  [['pub', 'a', 'b', '--header', 'x'], 'It must be key=value.'],
  [['pub', 'a', 'b', '--file', 'c'], 'a message and --file are two things to publish'],
  [['sub', 'orders', '--from', 'yesterday'], 'It must be earliest, new, last'],
  [['sub', 'orders', '--manual'], '--manual is for --group'],
])('refuses %j on one line, with exit code 2', async (args, text) => {
  const { code, stdout, stderr } = await pochta(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^pochta: USAGE [^\n]*\n$/);
  expect(stderr).toContain(text);
});

it('says that no broker is there, and what can be done', async () => {
  const { code, stderr } = await pochta(['get', 'orders', '--server', 'localhost:1']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^pochta: CONNECTION_FAILED localhost:1 cannot be reached: .*; pochta serve starts[^\n]*\n$/,
  );
});

it('tries several servers in turn, from the option or from POCHTA_SERVER', async () => {
  const { port } = await startBroker();
  const servers = `localhost:1,localhost:${port}`;
  expect(await pochta(['get', 'orders', '--server', servers])).toMatchObject({ code: 3 });
  expect(await pochta(['get', 'orders', '-s', 'localhost:1', '-s', `localhost:${port}`])).toMatchObject({
    code: 3,
  });
  expect(await pochta(['get', 'orders'], { POCHTA_SERVER: servers })).toMatchObject({ code: 3 });
  expect(await pochta(['get', 'orders', '--server', 'a:b:c'])).toMatchObject({ code: 2 });
});

it('takes an empty variable for none', async () => {
  const { stderr } = await pochta(['serve', '--engine', 'memory', '--host', '10.0.0.1'], { POCHTA_PORT: '' });
  expect(stderr).toContain('INVALID_CONFIG host: 10.0.0.1 can be reached from other machines');
});

it('is a package that names every dependency of the built file', () => {
  const built = readFileSync(builtApp('cli'), 'utf8');
  const manifest = JSON.parse(readFileSync(join(builtApp('cli'), '../package.json'), 'utf8')) as {
    dependencies: object;
  };
  const required = [...built.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
  const packages = new Set(required.filter((name) => !name.startsWith('node:')));
  expect([...packages].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  expect(built.startsWith('#!/usr/bin/env node\n')).toBe(true);
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed, peer } from './peer';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pochta-bench-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  return file;
}

it('finds what is installed, by its name or its path', () => {
  const file = program('brokerd', '');
  expect(installed('brokerd', folder)).toBeUndefined();
  chmodSync(file, 0o755);
  expect(installed('brokerd', `/nowhere:${folder}`)).toBe(file);
  expect(installed(file, '')).toBe(file);
  expect(installed('brokerd', '/nowhere')).toBeUndefined();
  expect(installed(join(folder, 'otherd'), '')).toBeUndefined();
});

/** Listens in a process of its own, as the programs that are begun by scripts do. */
const LISTEN = `require('node:net').createServer().listen(+process.argv[1], '127.0.0.1')`;

it('runs a peer until it is stopped, with whatever it has started', async () => {
  const file = program('brokerd', `"${process.execPath}" -e "${LISTEN}" $1 & wait`);
  chmodSync(file, 0o755);
  const { port, stop } = await peer('Broker', file, (port) => ({ args: [String(port)] })).start();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  await stop();
  await gone;
});

it('says what a peer said that could not start', async () => {
  const file = program('brokerd', 'echo "no disk"; exit 3');
  chmodSync(file, 0o755);
  const starting = peer('Broker', file, () => ({ args: ['--now'] })).start();
  await expect(starting).rejects.toThrow(/brokerd --now ended \(3\):\nno disk/);
});

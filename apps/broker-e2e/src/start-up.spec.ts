import { once } from 'node:events';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { freePort } from '@pochta/testing/ports';
import {
  afterThisTest,
  builtApp,
  BuiltBroker,
  RunningProcess,
  temporaryFolder,
} from '@pochta/testing/processes';
import { connectPeer } from './kit/clients';
import { complaint } from './kit/complaint';
import { PseudoTerminal } from './kit/pseudo-terminal';

describe('a broker that cannot start says why', () => {
  it('when another broker uses the data folder, which goes on', async () => {
    const first = await BuiltBroker.start();
    const second = await BuiltBroker.prepare({ dataDir: first.dataDir });
    const said = await complaint(second);

    expect(said).toContain('in use by another broker');
    expect(said).toContain(first.dataDir);
    const peer = await connectPeer(first.port);
    expect(await peer.ask({ action: 'publish', topic: 't', message: 1 })).toMatchObject({
      message: 'Published',
    });
  });

  it('but not when the broker that used the data folder was killed', async () => {
    const first = await BuiltBroker.start();
    await first.killAtOnce();
    await BuiltBroker.start({ dataDir: first.dataDir });
  });

  it.each(['POCHTA_PORT', 'POCHTA_SIMPLE_PORT', 'POCHTA_HTTP_PORT'])(
    'when the port of %s is in use',
    async (name) => {
      const server = createServer().listen(0, '127.0.0.1');
      afterThisTest(() => server.close());
      await once(server, 'listening');
      const { port } = server.address() as { port: number };

      const said = await complaint(await BuiltBroker.prepare({ env: { [name]: `${port}` } }));
      expect(said).toContain(`:${port}: another program listens there`);
      expect(said).toContain(name);
    },
  );

  it('when the data folder is a file', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    writeFileSync(dataDir, 'not a folder');
    expect(await complaint(await BuiltBroker.prepare({ dataDir }))).toContain(dataDir);
  });

  it('when pochta.yaml has mistakes: all of them', async () => {
    const config = [
      'prot: 8888',
      'engine: floppy',
      'limits: { maxDepth: deep }',
      'defaults: { overflow: explode }',
      'topics: { "a b": { maxMessages: 1 }, fine: { maxMessages: -1 } }',
    ].join('\n');
    const said = await complaint(await BuiltBroker.prepare({ config }));

    for (const mistake of ['prot', 'floppy|engine', 'maxDepth', 'overflow', 'a b', 'fine']) {
      expect(said).toMatch(new RegExp(mistake));
    }
    expect(said).toContain('pochta.yaml');
  });

  it('when pochta.yaml is no YAML', async () => {
    expect(await complaint(await BuiltBroker.prepare({ config: 'port: [8888\n' }))).toContain('pochta.yaml');
  });

  it('when the environment has mistakes', async () => {
    const said = await complaint(
      await BuiltBroker.prepare({ env: { POCHTA_PROT: '1', POCHTA_ENGINE: 'floppy' } }),
    );
    expect(said).toContain('POCHTA_PROT');
    expect(said).toContain('POCHTA_ENGINE');
  });
});

it('a built broker needs its engine and its log beside it, and no other package', async () => {
  const built = builtApp('broker');
  const folder = temporaryFolder();
  copyFileSync(built, join(folder, 'main.cjs'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['lmdb', 'pino']) {
    const installed = resolve(built, '../../../../node_modules', name);
    symlinkSync(installed, join(folder, 'node_modules', name));
  }
  const port = await freePort();
  writeFileSync(join(folder, 'pochta.yaml'), `port: ${port}\nhttpPort: 0\n`);
  const broker = new RunningProcess(process.execPath, ['main.cjs'], { cwd: folder });
  await broker.stdout.until('Broker listens on');

  const peer = await connectPeer(port);
  const price = { symbol: 'ACME', price: 1, change: 0, timestamp: 1 };
  const publish = { action: 'publish', topic: 'stock_prices' };
  expect(await peer.ask({ ...publish, message: price })).toMatchObject({ message: 'Published' });
  expect(await peer.ask({ ...publish, message: { ...price, price: 'much' } })).toMatchObject({
    code: 'VALIDATION_FAILED',
  });
});

it.each([
  ['in colour on a terminal', {}, true],
  [
    'without colour when NO_COLOR is set, and FORCE_COLOR by Nx',
    { NO_COLOR: '1', FORCE_COLOR: 'true' },
    false,
  ],
])('a broker logs %s', async (_how, env, coloured) => {
  const args = [builtApp('broker'), '--port=0', '--http-port=off'];
  const terminal = new PseudoTerminal(process.execPath, args, { POCHTA_ENGINE: 'memory', ...env });
  await terminal.untilRows('Broker listens');
  expect(terminal.bytes.includes('\x1b[32m')).toBe(coloured);
  terminal.type('\x03');
  expect(await terminal.exit).toBe(0);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, FakePeer, SlowPeer } from '@pochta/testing';

const root = join(__dirname, '../../..');
// Compiling takes most of it, and two or three programs at a time may do so.
jest.setTimeout(60_000);

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pochta-main-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** The broker from source, as `nx serve` runs it. */
class BrokerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';
  errors = '';

  constructor(args: string[], environment: Record<string, string> = {}) {
    const base = {
      POCHTA_ENGINE: 'memory',
      POCHTA_HTTP_PORT: '0',
      SWC_NODE_PROJECT: join(root, 'tsconfig.base.json'),
    };
    this.#child = spawn(
      process.execPath,
      ['-r', require.resolve('@swc-node/register'), join(__dirname, 'main.ts'), ...args],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, ...base, ...environment },
      },
    );
    children.push(this.#child);
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.#ended = once(this.#child, 'close');
  }

  get output(): string {
    return this.#output;
  }

  get lines(): string[] {
    return this.errors.trimEnd().split('\n');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the exit code. */
  async exit(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Waits for the line of the start, and returns the port. */
  async listening(): Promise<number> {
    for (;;) {
      const found = /Broker listens on 127\.0\.0\.1:(\d+)/.exec(this.#output);
      if (found !== null) return Number(found[1]);
      if (this.#child.exitCode !== null) throw new Error(`the broker ended: ${this.errors}`);
      await Promise.race([once(this.#child.stdout!, 'data'), this.#ended]);
    }
  }
}

describe('the broker as a program', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('validates, and ends well with %s', async (signal) => {
    const broker = new BrokerProcess(['--port', '0']);
    const peer = await FakePeer.connect({ port: await broker.listening() });
    // Needs decorator metadata, which not every way to run TypeScript keeps.
    const message = { symbol: 'A', price: 'x', change: 1, timestamp: 1 };
    expect(await peer.ask({ action: 'publish', topic: 'stock_prices', message })).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('price must be a number') as string,
    });
    broker.signal(signal);
    await peer.ended;
    await peer.close();
    expect(await broker.exit()).toBe(0);
    expect(broker.errors).toBe('');
    expect(broker.output).toContain('Broker stopped');
  });

  it('obeys a signal that comes while it starts', async () => {
    const broker = new BrokerProcess(['--port=0'], { NODE_OPTIONS: `--require ${await announcer()}` });
    while (!broker.errors.includes('handlers are there'))
      await new Promise((resolve) => setImmediate(resolve));
    broker.signal('SIGINT');
    expect(await broker.exit()).toBe(0);
  });

  it('ends at once with a second Ctrl+C', async () => {
    const broker = new BrokerProcess(['--port=0'], { POCHTA_STOP_TIMEOUT: '600000' });
    const port = await broker.listening();
    // It does not read its answers, so the broker waits for it when it stops.
    const large = 'x'.repeat(500_000);
    const ask = { action: 'get', topic: 't' };
    const publishes = Array.from({ length: 40 }, () => ({ action: 'publish', topic: 't', message: large }));
    const slow = await SlowPeer.connect({ port }, ...publishes, ...publishes.map(() => ask));
    const other = await FakePeer.connect({ port });
    await eventually(async () => (await other.ask({ action: 'get', topic: 't' })).code === undefined);
    broker.signal('SIGINT');
    await other.ended;
    broker.signal('SIGINT');
    expect(await broker.exit()).toBe(130);
    await slow.destroy();
    await other.close();
  });

  it('shows its options', async () => {
    const broker = new BrokerProcess(['--help']);
    expect(await broker.exit()).toBe(0);
    expect(broker.output).toContain('--port <port>');
    expect(broker.output).toContain('--http-port <port>');
  });

  it('says in one line which flag there is not', async () => {
    const broker = new BrokerProcess(['--prot=1']);
    expect(await broker.exit()).toBe(1);
    expect(broker.lines).toEqual(["Unknown option '--prot'. --help shows the options."]);
    const throughNx = new BrokerProcess(['--prot=1'], { NX_TASK_TARGET_TARGET: 'serve' });
    await throughNx.exit();
    expect(throughNx.errors).toContain('. npx nx serve broker -- --help shows the options.');
  });

  it.each(['off', '0'])('takes a port for HTTP, or off: --http-port=%s', async (httpPort) => {
    // The environment's would not do.
    const broker = new BrokerProcess(['--port=0', `--http-port=${httpPort}`], { POCHTA_HTTP_PORT: 'x' });
    await broker.listening();
    expect(broker.output).toContain(httpPort === 'off' ? 'HTTP: off' : 'HTTP: 127.0.0.1:');
  });

  it('lists mistakes in pochta.yaml, .env and flags, without a stack', async () => {
    await writeFile(join(folder, 'pochta.yaml'), 'engine: postgres\n');
    await writeFile(join(folder, '.env'), 'POCHTA_MAX_DEPTH=deep\n');
    const broker = new BrokerProcess(['--port=x'], { POCHTA_ENGINE: '' });
    expect(await broker.exit()).toBe(1);
    expect(broker.lines).toEqual([
      'The configuration has mistakes:',
      '  port (--port): "x" must be a port from 1 to 65535, or 0 for any free one',
      '  engine (pochta.yaml): "postgres" must be one of lmdb, memory',
      '  limits.maxDepth (POCHTA_MAX_DEPTH): "deep" must be a whole number from 2 to 1000',
    ]);
  });

  it('says in one line that a port is in use', async () => {
    const first = new BrokerProcess(['--port=0']);
    const port = await first.listening();
    const second = new BrokerProcess([`--port=${port}`]);
    expect(await second.exit()).toBe(1);
    expect(second.lines).toHaveLength(1);
    expect(second.errors).toMatch(
      new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}.* --port or POCHTA_PORT`),
    );
    expect(second.output).toBe('');
  });
});

/** A module that tells when the program has put its signal handlers in place. */
async function announcer(): Promise<string> {
  const file = join(folder, 'announcer.cjs');
  const text = `const { on } = process;
process.on = function (name, ...rest) {
  const result = on.call(this, name, ...rest);
  if (name === 'SIGTERM') process.stderr.write('handlers are there');
  return result;
};`;
  await writeFile(file, text);
  return file;
}

import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startChild } from './child';
import type { Running } from './contender';

const BROKER = join(__dirname, '../../apps/broker/main.cjs');
const LOOK_AGAIN_MS = 2;

export interface BrokerProcessOptions {
  readonly engine: 'memory' | 'lmdb';
  /** Holds the configuration and the data. Somebody else removes it. */
  readonly folder: string;
  /** Policies of topics, as the configuration file has them. */
  readonly topics: Readonly<Record<string, object>>;
}

export interface BrokerProcess extends Running {
  /** From the start of the process until somebody could connect. */
  readonly startMs: number;
}

/** The built broker, with its default settings but for its topics. */
export async function startBrokerProcess(options: BrokerProcessOptions): Promise<BrokerProcess> {
  const { engine, folder, topics } = options;
  // JSON is YAML.
  await writeFile(join(folder, 'pochta.yaml'), JSON.stringify({ topics }));
  const port = await freePort();
  const httpPort = await freePort();
  const started = performance.now();
  const { child, value, stop } = await startChild(
    BROKER,
    [],
    async () => {
      await listening(port);
      return performance.now() - started;
    },
    {
      cwd: folder,
      env: {
        ...process.env,
        POCHTA_PORT: String(port),
        POCHTA_HTTP_PORT: String(httpPort),
        POCHTA_ENGINE: engine,
        POCHTA_DATA_DIR: join(folder, 'data'),
      },
    },
  );
  return { port, pid: child.pid!, startMs: value, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Tries until somebody listens; the caller hears by itself when the broker ends instead. */
async function listening(port: number): Promise<void> {
  while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child';
import type { Contender } from './contender';

const BROKER = join(__dirname, '../../apps/broker/main.cjs');

/** A topic that never refuses: it is full soon, and from then on each batch removes an older one. */
const CONFIG = `topics:
  bench: { maxMessages: 100000, overflow: drop-oldest }
`;

/** The built broker, with its default settings but for the topic's size. */
export function pochta(engine: 'memory' | 'lmdb'): Contender {
  return {
    name: `pochta: ${engine}, JSON lines`,
    async start() {
      const folder = await mkdtemp(join(tmpdir(), 'pochta-bench-'));
      await writeFile(join(folder, 'pochta.yaml'), CONFIG);
      const port = await freePort();
      const { child, stop } = await startChild(BROKER, [], () => listening(port), {
        cwd: folder,
        env: {
          ...process.env,
          POCHTA_PORT: String(port),
          POCHTA_HTTP_PORT: String(await freePort()),
          POCHTA_ENGINE: engine,
          POCHTA_DATA_DIR: join(folder, 'data'),
        },
      });
      return {
        port,
        pid: child.pid!,
        stop: async () => {
          await stop();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    wireForm: (payload) => ({
      hello: '{"action":"ping"}\n',
      welcome: '{"status":"success","message":"pong"}\n',
      subscribe: '{"action":"subscribe","topic":"bench","from":"new"}\n',
      subscribed: '{"status":"success","message":"Subscribed"',
      publish: `{"action":"publish","topic":"bench","message":${payload}}\n`,
      delivery: `{"type":"push","topic":"bench","message":${payload}}\n`,
      confirm: '{"status":"success","message":"Published"}\n',
    }),
  };
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
  const connected = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  if (connected) return;
  await new Promise((resolve) => setImmediate(resolve));
  return listening(port);
}

import { freePort } from '@pochta/testing/ports';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './child';
import type { Running } from './contender';
import { listening } from './listening';

const BROKER = join(__dirname, '../../apps/broker/main.cjs');

export interface BrokerProcessOptions {
  readonly engine: 'memory' | 'lmdb';
  /** Holds the configuration and the data. Somebody else removes it. */
  readonly folder: string;
  /** Policies of topics, as the configuration file has them. */
  readonly topics: Readonly<Record<string, object>>;
  /** The built broker; default this tree's. */
  readonly program?: string;
}

export interface BrokerProcess extends Running {
  /** From the start of the process until somebody could connect. */
  readonly startMs: number;
}

/** The built broker, with its default settings but for its topics. */
export async function startBrokerProcess(options: BrokerProcessOptions): Promise<BrokerProcess> {
  const { engine, folder, topics, program = BROKER } = options;
  // JSON is YAML.
  await writeFile(join(folder, 'pochta.yaml'), JSON.stringify({ topics }));
  const port = await freePort();
  const httpPort = await freePort();
  const started = performance.now();
  const { child, value, stop } = await startChild(
    program,
    [],
    async (broker) => {
      await listening(port, broker);
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

import { freePort } from '@pochta/testing/ports';
import { join } from 'node:path';
import { startProgram } from '../contenders/child';
import type { Running } from '../contenders/contender';
import { listening } from '../contenders/listening';
import { startServer, type Peer } from './peer';

/** Debian's `/usr/sbin/rabbitmq-server` changes the user and the folders; this is what it runs then. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const HOST = '127.0.0.1';

export const rabbitmq: Peer = { name: 'RabbitMQ', program: SERVER, start };

/** With Erlang's port mapper as a child of its own: the node would leave one behind, as a service. */
async function start(): Promise<Running> {
  const mapperPort = await freePort();
  const args = ['-port', String(mapperPort), '-address', HOST];
  const mapper = await startProgram('epmd', args, (child) => listening(mapperPort, child));
  const env = { PATH: process.env.PATH, ERL_EPMD_PORT: String(mapperPort), ...(await nodeSettings()) };
  const node = await startServer(SERVER, (port, folder) => ({
    args: [],
    env: { ...env, ...folders(folder), RABBITMQ_NODE_PORT: String(port) },
  }));
  return {
    ...node,
    stop: async () => {
      await node.stop();
      await mapper.stop();
    },
  };
}

async function nodeSettings() {
  return {
    RABBITMQ_NODENAME: `pochta-bench-${process.pid}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: HOST,
    RABBITMQ_DIST_PORT: String(await freePort()),
  };
}

function folders(folder: string) {
  return {
    // Holds Erlang's cookie.
    HOME: folder,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    // None of these is there: what the machine's own RabbitMQ is told is not for this one.
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
  };
}

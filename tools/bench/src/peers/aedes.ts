import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startChild } from '../contenders/child';
import type { Peer } from './peer';

/** A broker for MQTT that is a Node library: it comes with this workspace's packages. */
export const aedes: Peer = { name: 'aedes', program: process.execPath, start };

/** The server of its documentation, in a process of its own. */
export async function runAedes(): Promise<void> {
  const { Aedes } = await import('aedes');
  const { handle } = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, (socket) => void handle(socket));
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}

async function start() {
  const { child, value, stop } = await startChild(process.argv[1], ['--role=aedes'], async (started) => {
    const [port] = (await once(started, 'message')) as [number];
    return port;
  });
  return { port: value, pid: child.pid!, stop };
}

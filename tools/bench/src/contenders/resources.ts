import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Peer } from '../peers/peer';
import { nats, redis } from '../peers/single-process';
import type { WireName } from '../wires/wires';
import { startChild } from './child';
import type { Running } from './contender';
import { startPochta } from './pochta';

/** What holds connections and topics. */
export interface ResourceContender {
  readonly name: string;
  readonly peer?: Peer;
  /** How it is greeted; what says nothing only holds connections. */
  readonly wire?: WireName;
  /** Whether a topic is a thing that it keeps. */
  readonly keepsTopics?: boolean;
  start(): Promise<Running>;
}

const TOPICS = { 'spread.*': { maxMessages: 1000, overflow: 'drop-oldest' } };

export const RESOURCE_CONTENDERS: readonly ResourceContender[] = [
  { name: 'reference: bare Node server', start: startBareServer },
  ofPochta('memory'),
  ofPochta('lmdb'),
  { name: 'Redis', peer: redis, wire: 'redis: pub/sub', start: () => redis.start() },
  { name: 'NATS core', peer: nats, wire: 'nats', start: () => nats.start() },
];

function ofPochta(engine: 'memory' | 'lmdb'): ResourceContender {
  const start = () => startPochta(engine, TOPICS);
  return { name: `pochta: ${engine}`, wire: 'pochta: binary', keepsTopics: true, start };
}

/** The least that a Node program needs for a connection: it takes it, and does nothing with it. */
export function runBareServer(): void {
  const server = createServer((socket) => socket.on('data', () => undefined).on('error', () => undefined));
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () =>
    process.send!((server.address() as AddressInfo).port),
  );
}

async function startBareServer(): Promise<Running> {
  const { child, value, stop } = await startChild(
    process.argv[1],
    ['--role=bare-server'],
    async (started) => {
      const [port] = (await once(started, 'message')) as [number];
      return port;
    },
  );
  return { port: value, pid: child.pid!, stop };
}

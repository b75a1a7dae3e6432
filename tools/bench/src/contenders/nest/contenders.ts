import { freePort } from '@pochta/testing/ports';
import { mosquitto, nats, redis } from '../../peers/single-process';
import type { Peer } from '../../peers/peer';
import { rabbitmq } from '../../peers/rabbitmq';
import { startPochta } from '../pochta';
import type { NestContender } from './contender';
import { EVENT } from './patterns';

/** Full soon, and then what the service has acked makes room. */
const TOPICS = { [EVENT]: { maxMessages: 100_000, overflow: 'reject' } };

function pochta(engine: 'memory' | 'lmdb', codec?: 'json-lines'): NestContender {
  return {
    name: codec === undefined ? `@pochta/nestjs, ${engine}` : `@pochta/nestjs, ${engine}, ${codec}`,
    codec,
    kind: 'pochta',
    keeps: engine === 'lmdb' ? 'on disk' : 'in memory',
    start: () => startPochta(engine, TOPICS),
  };
}

function through(peer: Peer, kind: NestContender['kind'], keeps: NestContender['keeps']): NestContender {
  return { name: `Nest ${peer.name}`, kind, peer, keeps, start: () => peer.start() };
}

/** The service listens by itself. */
const tcp: NestContender = {
  name: 'reference: Nest TCP, no broker',
  kind: 'tcp',
  reference: true,
  keeps: 'nothing',
  start: async () => ({ port: await freePort(), stop: () => Promise.resolve() }),
};

export const NEST_CONTENDERS: readonly NestContender[] = [
  tcp,
  pochta('memory'),
  pochta('lmdb'),
  pochta('memory', 'json-lines'),
  pochta('lmdb', 'json-lines'),
  through(redis, 'redis', 'nothing'),
  through(mosquitto, 'mqtt', 'nothing'),
  through(rabbitmq, 'rabbitmq', 'on disk'),
  through(nats, 'nats', 'nothing'),
];

import { aedes } from '../peers/aedes';
import type { Peer } from '../peers/peer';
import { rabbitmq } from '../peers/rabbitmq';
import { jetstream, mosquitto, nats, redis, redisStreams } from '../peers/single-process';
import type { Contender } from './contender';

const fanout = { fanOut: 'rabbitmq: fan-out', fanOutWindow: 1000 } as const;
const streams = { publish: 'redis: streams', group: 'redis: streams' } as const;
const quorum = { publish: 'rabbitmq: quorum', group: 'rabbitmq: quorum' } as const;

/** The same work by other brokers, where they are installed, each with its default settings unless its name says more. */
export const PEER_CONTENDERS: readonly Contender[] = [
  of(nats, { name: 'NATS core', kept: 'not kept', fanOut: 'nats', request: 'nats' }),
  of(redis, { name: 'Redis pub/sub', kept: 'not kept', fanOut: 'redis: pub/sub' }),
  of(rabbitmq, { ...fanout, name: 'RabbitMQ (fanout exchange)', kept: 'not kept' }),
  of(mosquitto, { name: 'Mosquitto (QoS 0)', kept: 'not kept', fanOut: 'mqtt' }),
  of(aedes, { name: 'aedes (QoS 0)', kept: 'not kept', fanOut: 'mqtt' }),
  of(redisStreams('always'), { ...streams, name: 'Redis Streams (fsync always)', kept: 'flushed' }),
  of(redisStreams('everysec'), { ...streams, name: 'Redis Streams (fsync everysec)', kept: 'on disk' }),
  of(jetstream, { name: 'JetStream (file)', kept: 'on disk', publish: 'jetstream', group: 'jetstream' }),
  of(jetstream, { name: 'JetStream (file; ack all)', kept: 'on disk', group: 'jetstream: ack all' }),
  of(rabbitmq, { ...quorum, name: 'RabbitMQ (quorum queue)', kept: 'flushed' }),
  of(rabbitmq, { name: 'RabbitMQ (classic queue)', kept: 'flushed', publish: 'rabbitmq: classic' }),
];

function of(peer: Peer, contender: Omit<Contender, 'peer' | 'start'>): Contender {
  return { ...contender, peer, start: () => peer.start() };
}

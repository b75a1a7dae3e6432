import type { PlainClientName } from '../load/clients/plain-clients';
import type { Peer } from '../peers/peer';
import { rabbitmq } from '../peers/rabbitmq';
import { jetstream, nats, redis, redisStreams } from '../peers/single-process';
import type { Kept, Running } from './contender';
import { pochta } from './pochta';

/** What is done through a system's own client. */
export type ClientMeasure = 'fan-out' | 'publish' | 'group' | 'request';

/** A program and its own Node client. */
export interface ClientContender {
  readonly name: string;
  readonly client: PlainClientName;
  readonly measures: readonly ClientMeasure[];
  readonly kept: Kept;
  /** Another broker, which has to be installed. */
  readonly peer?: Peer;
  start(): Promise<Running>;
}

const passedOn = { kept: 'not kept', measures: ['fan-out', 'request'] } as const;
const stored = { measures: ['publish', 'group'] } as const;

export const CLIENT_CONTENDERS: readonly ClientContender[] = [
  own('memory', passedOn.measures),
  own('lmdb', stored.measures),
  of(nats, { ...passedOn, name: 'NATS core, @nats-io/transport-node', client: '@nats-io/transport-node' }),
  of(redis, { ...passedOn, name: 'Redis pub/sub, ioredis', client: 'ioredis' }),
  streams('always', 'flushed'),
  streams('everysec', 'on disk'),
  of(jetstream, {
    ...stored,
    name: 'JetStream (file), @nats-io/jetstream',
    client: '@nats-io/jetstream',
    kept: 'on disk',
  }),
  of(rabbitmq, { ...stored, name: 'RabbitMQ (quorum queue), amqplib', client: 'amqplib', kept: 'flushed' }),
];

function own(engine: 'memory' | 'lmdb', measures: readonly ClientMeasure[]): ClientContender {
  const { kept, start } = pochta(engine, 'binary');
  return { name: `pochta: ${engine}, @pochta/client`, client: '@pochta/client', measures, kept, start };
}

function streams(fsync: 'always' | 'everysec', kept: Kept): ClientContender {
  const name = `Redis Streams (fsync ${fsync}), ioredis`;
  return of(redisStreams(fsync), { ...stored, name, client: 'ioredis: streams', kept });
}

function of(peer: Peer, contender: Omit<ClientContender, 'peer' | 'start'>): ClientContender {
  return { ...contender, peer, start: () => peer.start() };
}

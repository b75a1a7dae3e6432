import type { LatencyClient } from '../load/latency/plan';
import type { Peer } from '../peers/peer';
import { nats, redis } from '../peers/single-process';
import type { PlainClientName } from '../load/clients/plain-clients';
import type { WireName } from '../wires/wires';
import type { Contender, Running } from './contender';
import { forwarder } from './forwarder';
import { pochta } from './pochta';

/** A program and a client of it. Those whose clients are of one kind are compared. */
export interface LatencyContender {
  readonly name: string;
  readonly client: LatencyClient;
  /** Whether a message is delivered only when it is flushed. */
  readonly durable: boolean;
  /** Another broker, which has to be installed. */
  readonly peer?: Peer;
  start(): Promise<Running>;
}

export const LATENCY_CONTENDERS: readonly LatencyContender[] = [
  raw(forwarder('message'), 'newline'),
  raw(pochta('memory', 'binary'), 'pochta: binary'),
  raw(pochta('memory', 'JSON lines'), 'pochta: JSON lines'),
  raw(pochta('lmdb', 'binary'), 'pochta: binary'),
  raw(pochta('lmdb', 'JSON lines'), 'pochta: JSON lines'),
  raw(of(nats, 'NATS core'), 'nats'),
  raw(of(redis, 'Redis pub/sub'), 'redis: pub/sub'),
  plain({ ...pochta('memory', 'binary'), name: 'pochta: memory' }, '@pochta/client'),
  plain({ ...pochta('lmdb', 'binary'), name: 'pochta: lmdb' }, '@pochta/client'),
  plain(of(nats, 'NATS core'), '@nats-io/transport-node'),
  plain(of(redis, 'Redis pub/sub'), 'ioredis'),
];

type Program = Pick<Contender, 'name' | 'kept' | 'peer' | 'start'>;

function of(peer: Peer, name: string): Program {
  return { name, kept: 'not kept', peer, start: () => peer.start() };
}

function raw({ name, kept, peer, start }: Program, wire: WireName): LatencyContender {
  return { name, client: { kind: 'raw', wire }, durable: kept === 'flushed', peer, start };
}

function plain({ name, kept, peer, start }: Program, client: PlainClientName): LatencyContender {
  return {
    name: `${name}, ${client}`,
    client: { kind: 'plain', client },
    durable: kept === 'flushed',
    peer,
    start,
  };
}

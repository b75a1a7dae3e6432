import { nats, redis } from '../peers/single-process';
import type { Peer } from '../peers/peer';
import type { Contender } from './contender';

/** The same work by other brokers, where they are installed, each with its default settings unless its name says more. */
export const PEER_CONTENDERS: readonly Contender[] = [
  of(nats, { name: 'NATS core', kept: 'not kept', fanOut: 'nats' }),
  of(redis, { name: 'Redis pub/sub', kept: 'not kept', fanOut: 'redis: pub/sub' }),
];

function of(peer: Peer, contender: Omit<Contender, 'peer' | 'start'>): Contender {
  return { ...contender, peer, start: () => peer.start() };
}

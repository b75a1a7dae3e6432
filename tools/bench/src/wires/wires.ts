import { jetstream, jetstreamAckAll } from './jetstream';
import { mqtt } from './mqtt';
import { nats } from './nats';
import { newline } from './newline';
import { pochtaBinary, pochtaBinaryJson } from './pochta-binary';
import { pochtaJsonLines } from './pochta-json-lines';
import { rabbitmqClassic, rabbitmqFanOut, rabbitmqQuorum } from './rabbitmq';
import { redisPubSub } from './redis-pub-sub';
import { redisStreams } from './redis-streams';
import type { Wire } from './wire';

/** By the name that a plan gives the load process. */
export const WIRES = {
  jetstream,
  'jetstream: ack all': jetstreamAckAll,
  mqtt,
  newline,
  nats,
  'pochta: binary': pochtaBinary,
  'pochta: binary JSON': pochtaBinaryJson,
  'pochta: JSON lines': pochtaJsonLines,
  'rabbitmq: classic': rabbitmqClassic,
  'rabbitmq: fan-out': rabbitmqFanOut,
  'rabbitmq: quorum': rabbitmqQuorum,
  'redis: pub/sub': redisPubSub,
  'redis: streams': redisStreams,
} satisfies Record<string, Wire>;

export type WireName = keyof typeof WIRES;

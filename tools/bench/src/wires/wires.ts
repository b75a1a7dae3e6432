import { nats } from './nats';
import { newline } from './newline';
import { pochtaBinary, pochtaBinaryJson } from './pochta-binary';
import { pochtaJsonLines } from './pochta-json-lines';
import { redisPubSub } from './redis-pub-sub';
import type { Wire } from './wire';

/** By the name that a plan gives the load process. */
export const WIRES = {
  newline,
  nats,
  'pochta: binary': pochtaBinary,
  'pochta: binary JSON': pochtaBinaryJson,
  'pochta: JSON lines': pochtaJsonLines,
  'redis: pub/sub': redisPubSub,
} satisfies Record<string, Wire>;

export type WireName = keyof typeof WIRES;

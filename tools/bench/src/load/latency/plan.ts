import type { Traffic } from '../../wires/wire';
import type { WireName } from '../../wires/wires';
import { stamped } from './due-time';
import type { Percentiles } from './percentiles';
import type { PlainClientName } from '../clients/plain-clients';

/** By which client a broker is spoken to: bytes that are made once, or its own Node client. */
export type LatencyClient =
  | { readonly kind: 'raw'; readonly wire: WireName }
  | { readonly kind: 'plain'; readonly client: PlainClientName };

/** What publisher and subscriber do, each in a process of its own. */
export interface LatencyPlan {
  readonly port: number;
  readonly client: LatencyClient;
  readonly topic: string;
  readonly payloadBytes: number;
  readonly perSecond: number;
  /** Messages in all; of those that come first, `warmUp` do not count. */
  readonly messages: number;
  readonly warmUp: number;
}

export interface PublisherReport {
  /** How late messages were sent. It is part of their latency: whoever waits for a message waits for that, too. */
  readonly sentLate: Percentiles;
  /** Share of one core that the process used while it published. */
  readonly cpu: number;
}

/** The topic drops its oldest messages, so that it never refuses one. */
const LIMIT = 100_000;

/** What a raw client sends: each message by itself, with its own due time in the place of this one. */
export function trafficOf({ topic, payloadBytes }: LatencyPlan): Traffic {
  const payload = JSON.stringify(stamped(0, payloadBytes));
  const traffic = { topic, payload, burst: 1, subscribers: 1, limit: LIMIT };
  return traffic;
}

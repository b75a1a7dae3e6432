import type { Peer } from '../../peers/peer';
import type { NestTransport } from './transport';

/** What lies between a service and its client, once it runs. */
export interface Between {
  readonly port: number;
  /** The broker's process. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/** A transport of Nest services. */
export interface NestContender {
  readonly name: string;
  readonly kind: NestTransport['kind'];
  /** The broker that has to be installed for it. */
  readonly peer?: Peer;
  /** The others' figures are given as ratios of this one's. */
  readonly reference?: boolean;
  /** Whether an emitted message waits for a service that is not there. */
  readonly keeps: 'on disk' | 'in memory' | 'nothing';
  /** Pochta's, on the wire; default the package's. */
  readonly codec?: 'json-lines';
  start(): Promise<Between>;
}

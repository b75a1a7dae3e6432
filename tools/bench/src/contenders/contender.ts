import type { WireName } from '../wires/wires';
import type { Peer } from '../peers/peer';

/** A running program under test. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** When a message is confirmed, or what becomes of it where none is. */
export type Kept = 'flushed' | 'on disk' | 'in memory' | 'not kept';

export interface Contender {
  readonly name: string;
  /** The others' figures are given as ratios of this one's. */
  readonly reference?: boolean;
  /** Another broker, which has to be installed. */
  readonly peer?: Peer;
  readonly kept: Kept;
  start(): Promise<Running>;
  /** The same with another build of it: that program in the place of this tree's. */
  startBuild?(program: string): Promise<Running>;
  /** How it is spoken to where it takes part. */
  readonly fanOut?: WireName;
  /** Most messages under way in fan-out, where it does better with fewer than the case allows. */
  readonly fanOutWindow?: number;
  readonly publish?: WireName;
  readonly group?: WireName;
  readonly request?: WireName;
}

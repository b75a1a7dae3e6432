import type { WireName } from '../wires/wires';
import type { Peer } from '../peers/peer';

/** A running program under test. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** How to talk to a program that has consumer groups, as a member of one and as the publisher of its topic. */
export interface GroupForm {
  /** What a member sends, and how the answer begins. */
  readonly subscribe: string;
  readonly subscribed: string;
  readonly publish: string;
  readonly confirm: string;
  /** How every delivery begins; its sequence comes behind that. */
  readonly delivery: string;
  /** An ack is the head, sequences with commas between them, and the tail. */
  readonly ackHead: string;
  readonly ackTail: string;
  readonly acked: string;
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
  readonly publish?: WireName;
  /** Where the program has consumer groups. `prefetch`: most messages that a member has and has not acked. */
  groupForm?(topic: string, payload: string, prefetch: number): GroupForm;
}

import { MAX_SEQUENCES, errorFor, type ClientFrame, type PochtaError } from '@pochta/protocol';
import type { Calls } from '../../connection/calls';
import type { SettleVerb } from './delivery';

/** What is to be done, alike for all deliveries of a frame. */
export interface SettleAction {
  readonly verb: SettleVerb;
  /** ms; `nack` only. */
  readonly delay?: number;
  /** `terminate` only. */
  readonly reason?: string;
}

/** One delivery on its way to be settled. */
export interface PendingSettlement {
  readonly topic: string;
  readonly group: string;
  readonly sequence: number;
  /** Whether the connection that it came on is still there, and the subscription as well. */
  readonly current: boolean;
  /** The broker has done it. Must not throw. */
  settled(): void;
  /** It has not, or is not known to have. Must not throw. */
  refused(error: PochtaError): void;
}

export interface SettlementsOptions {
  readonly calls: Calls;
  /** ms. */
  readonly requestTimeout: number;
  readonly maxFrameBytes: number;
  /** Called when there is something to write. */
  readonly onPending: () => void;
}

/** Bytes of a frame beside its sequences: topic, group and reason at their longest. */
const ENVELOPE_BYTES = 8192;
/** Bytes of the longest sequence, and its comma. */
const SEQUENCE_BYTES = 17;

/** Settlements of one turn that make one frame. */
interface Gathered {
  readonly action: SettleAction;
  readonly topic: string;
  readonly group: string;
  readonly settlements: PendingSettlement[];
}

/**
 * What members of groups settle: gathered for a turn, one frame for each verb, topic and group, so that there is neither a
 * frame nor a promise for each ack.
 */
export class Settlements {
  #gathered: Gathered[] = [];
  readonly #filling = new Map<string, Gathered>();
  /** Saves the key: most go where the last one went. */
  #last: Gathered | undefined;
  readonly #maxSequences: number;

  constructor(private readonly options: SettlementsOptions) {
    const fitting = Math.floor((options.maxFrameBytes - ENVELOPE_BYTES) / SEQUENCE_BYTES);
    this.#maxSequences = Math.min(MAX_SEQUENCES, Math.max(1, fitting));
  }

  add(action: SettleAction, settlement: PendingSettlement): void {
    const gathered = this.#gatheredFor(action, settlement);
    gathered.settlements.push(settlement);
    if (gathered.settlements.length < this.#maxSequences) return;
    this.#last = undefined;
    this.#filling.delete(keyOf(action, settlement));
  }

  /** Writes what has gathered. Must come before any other frame that is written. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const gathered = this.#gathered;
    this.#clear();
    for (const one of gathered) this.#ask(one);
  }

  /** What was not written was in vain. What was written fails as a call. */
  connectionLost(): void {
    this.close(errorFor('NOT_IN_FLIGHT', 'The connection that it came on is gone'));
  }

  close(error: PochtaError): void {
    const gathered = this.#gathered;
    this.#clear();
    for (const { settlements } of gathered) for (const settlement of settlements) settlement.refused(error);
  }

  #clear(): void {
    this.#gathered = [];
    this.#filling.clear();
    this.#last = undefined;
  }

  #gatheredFor(action: SettleAction, settlement: PendingSettlement): Gathered {
    const last = this.#last;
    const { topic, group } = settlement;
    if (last !== undefined && last.action === action && last.topic === topic && last.group === group)
      return last;
    const key = keyOf(action, settlement);
    let gathered = this.#filling.get(key);
    if (gathered === undefined) {
      gathered = { action, topic, group, settlements: [] };
      this.#filling.set(key, gathered);
      this.#gathered.push(gathered);
      this.options.onPending();
    }
    this.#last = gathered;
    return gathered;
  }

  #ask(gathered: Gathered): void {
    const { action, topic, group, settlements } = gathered;
    const sequences = sequencesOf(settlements);
    const frame = (id: number): ClientFrame => ({ ...frameOf(action), id, topic, group, sequences });
    this.options.calls.start(
      frame,
      {
        onAnswer: () => {
          for (const settlement of settlements) settlement.settled();
        },
        onFailed: (error) => this.#refused(gathered, error),
      },
      { timeout: this.options.requestTimeout },
    );
  }

  /** All or nothing: when some are not in flight, nothing was done, and the others are asked for again. */
  #refused(gathered: Gathered, error: PochtaError): void {
    const unknown = new Set(error.code === 'NOT_IN_FLIGHT' ? error.sequences : []);
    const { settlements } = gathered;
    const others = settlements.filter(({ sequence, current }) => current && !unknown.has(sequence));
    if (unknown.size === 0 || others.length === settlements.length) {
      for (const settlement of settlements) settlement.refused(error);
      return;
    }
    const asked = new Set(others);
    if (others.length > 0) this.#ask({ ...gathered, settlements: others });
    for (const settlement of settlements) if (!asked.has(settlement)) settlement.refused(error);
  }
}

/** Each once: a message may be settled for two deliveries of it, the first of which the broker has taken back by now. */
function sequencesOf(settlements: readonly PendingSettlement[]): number[] {
  const sequences: number[] = [];
  let ascending = true;
  for (const { sequence } of settlements) {
    if (sequences.length > 0 && sequence <= sequences[sequences.length - 1]) ascending = false;
    sequences.push(sequence);
  }
  return ascending ? sequences : [...new Set(sequences)];
}

function keyOf({ verb, delay, reason }: SettleAction, { topic, group }: PendingSettlement): string {
  return JSON.stringify([verb, topic, group, delay, reason]);
}

type Verb = Pick<Extract<ClientFrame, { readonly action: SettleVerb }>, 'action'> & {
  readonly delay?: number;
  readonly reason?: string;
};

function frameOf({ verb, delay, reason }: SettleAction): Verb {
  return { action: verb, delay, reason };
}

import type { GapReason } from '@pochta/protocol';

/** Up to `through`, what is missing in a topic was removed for this reason. */
export interface Removal {
  readonly through: number;
  readonly reason: GapReason;
}

/** The numbers of a topic. Immutable: an operation replaces the state, so that a commit can be taken back. */
export interface TopicState {
  readonly firstSequence: number;
  readonly nextSequence: number;
  readonly messages: number;
  /** Payload bytes. */
  readonly bytes: number;
  /** The latest time that a message was given, in ms since the epoch. */
  readonly lastTimestamp: number;
  /** Sequences from the first one on whose messages are gone. */
  readonly holes: number;
  /** Bit `n`: the topic has held messages of priority `n` since it was empty; without bit 0. */
  readonly levels: number;
  /** Messages that wait until they are due, and their payload bytes. */
  readonly delayed: number;
  readonly delayedBytes: number;
  /** Number of the next message that waits until it is due. */
  readonly nextDelayed: number;
  /** Counts the purges: records of earlier generations are waste. */
  readonly generation: number;
  /** Consumer groups, and the number that the next one gets. */
  readonly groups: number;
  readonly nextGroup: number;
  /** Why the sequences below `firstSequence` are gone: ascending, neighbours differ in their reason. */
  readonly removals: readonly Removal[];
}

/** More changes of reason than this are not told apart: the oldest ones are forgotten. */
const MAX_REMOVALS = 16;

/** The state of a topic that has never held a message, and gives `nextSequence` to the first one. */
export function emptyState(nextSequence: number): TopicState {
  return {
    firstSequence: nextSequence,
    nextSequence,
    messages: 0,
    bytes: 0,
    lastTimestamp: 0,
    holes: 0,
    levels: 0,
    delayed: 0,
    delayedBytes: 0,
    nextDelayed: 0,
    generation: 0,
    groups: 0,
    nextGroup: 1,
    removals: nextSequence === 1 ? [] : [{ through: nextSequence - 1, reason: 'purged' }],
  };
}

/** Why `sequence` is gone, which is below the first one: the reason for the first removal that covers it. */
export function removalReason(state: TopicState, sequence: number): GapReason {
  return state.removals.find((removal) => removal.through >= sequence)?.reason ?? 'purged';
}

export function withRemoval(removals: readonly Removal[], removal: Removal): readonly Removal[] {
  const sameReason = removals.at(-1)?.reason === removal.reason;
  const kept = sameReason ? removals.slice(0, -1) : removals.slice(1 - MAX_REMOVALS);
  return [...kept, removal];
}

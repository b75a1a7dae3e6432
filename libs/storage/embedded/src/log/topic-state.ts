import type { GapReason } from '@pochta/protocol';

/** Up to `through`, what is missing in a topic was removed for this reason. */
export interface Removal {
  readonly through: number;
  readonly reason: GapReason;
}

/** The numbers of a topic. Immutable: an operation replaces the state, so that a group can be taken back. */
export interface TopicState {
  readonly firstSequence: number;
  readonly nextSequence: number;
  readonly messages: number;
  /** Payload bytes. */
  readonly bytes: number;
  /** Of the newest batch ever, in ms since the epoch. */
  readonly lastTimestamp: number;
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
    removals: nextSequence === 1 ? [] : [{ through: nextSequence - 1, reason: 'purged' }],
  };
}

/** The state after `messages` messages with `bytes` payload bytes were removed from the front. */
export function withoutFront(
  state: TopicState,
  messages: number,
  bytes: number,
  reason: GapReason,
): TopicState {
  const firstSequence = state.firstSequence + messages;
  return {
    ...state,
    firstSequence,
    messages: state.messages - messages,
    bytes: state.bytes - bytes,
    removals: withRemoval(state.removals, { through: firstSequence - 1, reason }),
  };
}

/** Why `sequence` is gone: the reason for the first removal that covers it. */
export function removalReason(state: TopicState, sequence: number): GapReason {
  return state.removals.find((removal) => removal.through >= sequence)?.reason ?? 'purged';
}

function withRemoval(removals: readonly Removal[], removal: Removal): readonly Removal[] {
  const sameReason = removals.at(-1)?.reason === removal.reason;
  const kept = sameReason ? removals.slice(0, -1) : removals.slice(1 - MAX_REMOVALS);
  return [...kept, removal];
}

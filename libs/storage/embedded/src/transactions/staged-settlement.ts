import type { GroupMember } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import type { TopicLog } from '../log/topic-log';

/** How a transaction acks for a member of an embedded engine's group, whose class implements it. */
export interface StagedSettlement {
  /** The log of its group's topic. */
  readonly log: TopicLog;
  /**
   * Throws `NOT_IN_FLIGHT`, with the sequences, when not all of them could be acked now, as staged. Stages nothing.
   * No sequence is named twice.
   */
  checkAck(sequences: readonly number[], commit: TopicCommit): void;
  /**
   * Acks what `checkAck` let pass in the same operation; what was removed since then is acked as if it were there.
   * Throws no `PochtaError`: what came before is staged.
   */
  stageAck(sequences: readonly number[], commit: TopicCommit): void;
}

/** `undefined` when the member is not an embedded engine's. */
export function settlementOf(member: GroupMember): (GroupMember & StagedSettlement) | undefined {
  return 'stageAck' in member ? (member as GroupMember & StagedSettlement) : undefined;
}

import {
  assertNever,
  type AckFrame,
  type NackFrame,
  type TerminateFrame,
  type TouchFrame,
} from '@pochta/protocol';
import type { GroupMember } from '@pochta/storage-contract';

/** What is to become of messages that are in flight. */
export type Settlement =
  Omit<AckFrame, 'id'> | Omit<NackFrame, 'id'> | Omit<TerminateFrame, 'id'> | Omit<TouchFrame, 'id'>;

/** The call that settles. */
export function verbOf(settlement: Settlement): (member: GroupMember) => Promise<void> {
  const { sequences } = settlement;
  switch (settlement.action) {
    case 'ack':
      return (member) => member.ack(sequences);
    case 'nack':
      return (member) => member.nack(sequences, settlement.delay);
    case 'terminate':
      return (member) => member.terminate(sequences, settlement.reason);
    case 'touch':
      return (member) => member.touch(sequences);
    default:
      return assertNever(settlement);
  }
}

import type { GroupInfo } from '@pochta/storage-contract';
import type { LogContent } from '../log/log-content';
import type { GroupLog } from './durable/group-log';

/** As committed. */
export function groupInfo(content: LogContent, group: GroupLog): GroupInfo {
  const { holes, state, record } = content;
  const { name, config, floor: ackFloor, lost, deadLetters, ahead, retries } = group.record;
  const none = { inFlight: 0, gone: 0, members: 0, waiting: retries };
  const { inFlight, gone, waiting, members } = group.dispatcher?.counts() ?? none;
  const from = Math.max(ackFloor, state.firstSequence);
  const held = state.nextSequence - from - (state.holes === 0 ? 0 : holes.committedCountFrom(from));
  const backlog = held - ahead - (inFlight - gone) - waiting;
  const topic = record.name;
  return { topic, name, config, ackFloor, inFlight, waiting, backlog, lost, deadLetters, members };
}

/** How many messages in the log a group has not acked; as staged. */
export function stagedBacklog({ holes, staged }: LogContent, group: GroupLog): number {
  const { floor, ahead } = group.staged;
  const from = Math.max(floor, staged.firstSequence);
  return staged.nextSequence - from - (staged.holes === 0 ? 0 : holes.countFrom(from)) - ahead;
}

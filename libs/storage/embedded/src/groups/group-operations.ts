import type { StartPosition } from '@pochta/protocol';
import type { GroupInfo, GroupOptions } from '@pochta/storage-contract';
import type { TopicCommit } from '../commit/topic-commit';
import type { TopicLog } from '../log/topic-log';
import type { GroupCount } from './group-count';
import type { GroupLog } from './durable/group-log';

/** A group, and the log of its topic. */
export interface OpenedGroup {
  readonly log: TopicLog;
  readonly group: GroupLog;
}

/** Throws `TOPIC_UNKNOWN`, `GROUP_MISMATCH`, `TOO_MANY_GROUPS`. */
export function openGroup(
  commit: TopicCommit,
  topic: string,
  name: string,
  options: GroupOptions,
  count: GroupCount,
): OpenedGroup {
  const log = commit.change(topic);
  if (log.groups.find(name) === undefined) count.check();
  const group = log.groups.open(name, options, (from) => log.start(from).position);
  return { log, group };
}

/** Gives what says, once it is committed, how the group is then. Throws `TOPIC_UNKNOWN`, `GROUP_UNKNOWN`. */
export function resetGroup(
  commit: TopicCommit,
  topic: string,
  name: string,
  from: StartPosition,
): () => GroupInfo {
  const log = commit.change(topic);
  log.groups.checkName(name);
  const group = log.groups.reset(name, log.start(from).position, commit);
  return () => log.groups.infoOf(group);
}

/** Throws `TOPIC_UNKNOWN`, `GROUP_UNKNOWN`. */
export function deleteGroup(commit: TopicCommit, topic: string, name: string): void {
  const { groups } = commit.change(topic);
  groups.checkName(name);
  groups.delete(name);
  groups.onAcked([], commit);
}

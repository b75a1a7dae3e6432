import { errorFor, type TopicPolicy } from '@pochta/protocol';
import type { GroupConfig } from '@pochta/storage-contract';

/** A group that is deleted under its members is made again by the next that subscribes. */
const WAYS_OUT =
  'leave that out, which means as the group is, or stop all members and delete the group: it begins at its `from` anew';

/** What a new group has: what is given, and otherwise what its topic says. */
export function configOf(policy: TopicPolicy, wanted?: Partial<GroupConfig>): GroupConfig {
  const { ackDeadline, maxDeliveries, backoffMin, backoffMax } = policy;
  return { ackDeadline, maxDeliveries, backoffMin, backoffMax, ...given(wanted) };
}

/** Throws `GROUP_MISMATCH` when a group that is there has not what is wanted. */
export function checkConfig(name: string, config: GroupConfig, wanted?: Partial<GroupConfig>): void {
  for (const [field, value] of Object.entries(given(wanted))) {
    const present = config[field as keyof GroupConfig];
    if (value === present) continue;
    const text = `Group ${name} has ${field} ${present}, and not ${value}; ${WAYS_OUT}`;
    throw errorFor('GROUP_MISMATCH', text, { field });
  }
}

/** Without what is given as `undefined`. */
function given(config: Partial<GroupConfig> = {}): Partial<GroupConfig> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

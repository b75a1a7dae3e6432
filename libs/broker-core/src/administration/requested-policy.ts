import { errorFor, type TopicPolicy } from '@pochta/protocol';
import { unsupported, type MessageStore, type StoreCapabilities } from '@pochta/storage-contract';

/**
 * A policy as it is asked for; what is left out is as in `base`. Throws `NOT_SUPPORTED` for a setting that the engine
 * does not know, and `VALIDATION_FAILED` for one that does not go together with `base`.
 */
export function requestedPolicy(
  settings: Partial<TopicPolicy>,
  base: TopicPolicy,
  store: Pick<MessageStore, 'capabilities' | 'engine'>,
): TopicPolicy {
  const impossible = impossibleSetting(settings, store.capabilities);
  if (impossible !== undefined) throw unsupported(impossible, store);
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const policy: TopicPolicy = { ...base, ...Object.fromEntries(given) };
  const { backoffMin, backoffMax } = policy;
  if (backoffMin > backoffMax) {
    const text = `policy is wrong: backoffMin (${backoffMin} ms) must not be above backoffMax (${backoffMax} ms)`;
    throw errorFor('VALIDATION_FAILED', text, { field: 'policy' });
  }
  return policy;
}

function impossibleSetting(
  { maxAge = Number.MAX_SAFE_INTEGER, compact, retention }: Partial<TopicPolicy>,
  { expiry, compaction, groups }: StoreCapabilities,
): keyof TopicPolicy | undefined {
  if (maxAge < Number.MAX_SAFE_INTEGER && !expiry) return 'maxAge';
  if (compact === true && !compaction) return 'compact';
  if (retention === 'work-queue' && !groups) return 'retention';
  return undefined;
}

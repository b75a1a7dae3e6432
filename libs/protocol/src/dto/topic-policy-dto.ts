import { IsBoolean, IsIn } from 'class-validator';
import { errorFor } from '../errors/error-classes';
import { MAX_DELIVERIES, MAX_WAIT, MIN_ACK_DEADLINE } from '../limits';
import { validateTopicName } from '../topic-name';
import {
  DEFAULT_TOPIC_POLICY,
  type OverflowPolicy,
  type RetentionPolicy,
  type StoragePolicy,
  type TopicPolicy,
} from '../topic-policy';
import { IsIntegerFrom, Optional, Satisfies } from './field-decorators';

export const OVERFLOW_POLICIES: readonly OverflowPolicy[] = ['reject', 'drop-oldest', 'dead-letter'];
export const RETENTION_POLICIES: readonly RetentionPolicy[] = ['limits', 'work-queue'];
export const STORAGE_POLICIES: readonly StoragePolicy[] = ['disk', 'memory'];

const FIELDS = Object.keys(DEFAULT_TOPIC_POLICY) as (keyof TopicPolicy)[];

/** A topic's policy as it is written in a configuration: every field may be left out. */
export class TopicPolicyDto implements Partial<TopicPolicy> {
  @Optional()
  @IsIntegerFrom(1)
  maxMessages?: number;

  @Optional()
  @IsIntegerFrom(1)
  maxBytes?: number;

  /** ms. */
  @Optional()
  @IsIntegerFrom(1)
  maxAge?: number;

  @Optional()
  @IsIn(OVERFLOW_POLICIES)
  overflow?: OverflowPolicy;

  @Optional()
  @IsIn(RETENTION_POLICIES)
  retention?: RetentionPolicy;

  @Optional()
  @IsBoolean()
  compact?: boolean;

  @Optional()
  @IsIn(STORAGE_POLICIES)
  storage?: StoragePolicy;

  /** ms; 0 turns deduplication off. */
  @Optional()
  @IsIntegerFrom(0)
  dedupeWindow?: number;

  @Optional()
  @IsIntegerFrom(1)
  dedupeIds?: number;

  /** Empty: the topic's name with `.dead` behind it. */
  @Optional()
  @Satisfies(
    'isDeadLetterTopic',
    (value) => deadLetterTopicProblem(value) ?? '',
    (value) => deadLetterTopicProblem(value) === undefined,
  )
  deadLetterTopic?: string;

  @Optional()
  @IsBoolean()
  deadLetterExpired?: boolean;

  @Optional()
  @IsIntegerFrom(1, MAX_DELIVERIES)
  maxDeliveries?: number;

  /** ms. */
  @Optional()
  @IsIntegerFrom(MIN_ACK_DEADLINE, MAX_WAIT)
  ackDeadline?: number;

  /** ms. */
  @Optional()
  @IsIntegerFrom(1, MAX_WAIT)
  backoffMin?: number;

  /** ms; not below `backoffMin`. */
  @Optional()
  @IsIntegerFrom(1, MAX_WAIT)
  @Satisfies(
    'isNotBelowBackoffMin',
    'must not be below backoffMin',
    (max, { backoffMin: min }) => !(typeof max === 'number' && typeof min === 'number' && max < min),
  )
  backoffMax?: number;

  /**
   * The policy, with what is left out taken from `base`. Throws `INVALID_CONFIG` when the two do not go together: when
   * the one's `backoffMin` is above the other's `backoffMax`.
   */
  toPolicy(base: TopicPolicy = DEFAULT_TOPIC_POLICY): TopicPolicy {
    const policy = merged(this, base);
    const { backoffMin, backoffMax } = policy;
    if (backoffMin <= backoffMax) return policy;
    const field = this.backoffMax === undefined ? 'backoffMin' : 'backoffMax';
    const text = `${field}: backoffMin (${backoffMin} ms) must not be above backoffMax (${backoffMax} ms)`;
    throw errorFor('INVALID_CONFIG', text, { field });
  }
}

function deadLetterTopicProblem(value: unknown): string | undefined {
  if (value === '') return undefined;
  return typeof value === 'string' ? validateTopicName(value) : 'must be a string';
}

function merged(own: Partial<TopicPolicy>, base: TopicPolicy): TopicPolicy {
  const policy: { -readonly [Field in keyof TopicPolicy]: TopicPolicy[Field] } = { ...base };
  const take = <Field extends keyof TopicPolicy>(field: Field): void => {
    policy[field] = own[field] ?? base[field];
  };
  FIELDS.forEach(take);
  return policy;
}

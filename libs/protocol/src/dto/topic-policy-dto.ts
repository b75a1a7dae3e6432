import { IsIn } from 'class-validator';
import {
  DEFAULT_TOPIC_POLICY,
  type OverflowPolicy,
  type StoragePolicy,
  type TopicPolicy,
} from '../topic-policy';
import { IsIntegerFrom, Optional } from './field-decorators';

export const OVERFLOW_POLICIES: readonly OverflowPolicy[] = ['reject', 'drop-oldest'];
export const STORAGE_POLICIES: readonly StoragePolicy[] = ['disk', 'memory'];

/** A topic's policy as it is written in a configuration: every field may be left out. */
export class TopicPolicyDto implements Partial<TopicPolicy> {
  @Optional()
  @IsIntegerFrom(1)
  maxMessages?: number;

  @Optional()
  @IsIntegerFrom(1)
  maxBytes?: number;

  @Optional()
  @IsIn(OVERFLOW_POLICIES)
  overflow?: OverflowPolicy;

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

  /** The policy, with what is left out taken from `base`. */
  toPolicy(base: TopicPolicy = DEFAULT_TOPIC_POLICY): TopicPolicy {
    return {
      maxMessages: this.maxMessages ?? base.maxMessages,
      maxBytes: this.maxBytes ?? base.maxBytes,
      overflow: this.overflow ?? base.overflow,
      storage: this.storage ?? base.storage,
      dedupeWindow: this.dedupeWindow ?? base.dedupeWindow,
      dedupeIds: this.dedupeIds ?? base.dedupeIds,
    };
  }
}

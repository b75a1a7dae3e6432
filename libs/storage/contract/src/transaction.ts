import type { MessageBatch } from '@pochta/protocol';
import type { GroupMember } from './consumer-group';
import type { AppendResult } from './message-store';

/** Publishes to one topic. */
export interface AppendOperation {
  readonly topic: string;
  readonly messages: MessageBatch;
}

/** Acks of messages that are in flight to a member. */
export interface AckOperation {
  readonly member: GroupMember;
  readonly sequences: readonly number[];
}

/** One part of a transaction. Parts take effect in their order. */
export type TransactionOperation = AppendOperation | AckOperation;

export interface TransactionResult {
  /** One entry for each `AppendOperation`, in their order. None of them has refusals. */
  readonly appended: readonly AppendResult[];
}

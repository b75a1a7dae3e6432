import { assertNever, type MessageBatch } from '@pochta/protocol';
import type { GroupMember } from './consumer-group';

/** Publishes to one topic. */
export interface AppendOperation {
  readonly kind: 'append';
  readonly topic: string;
  readonly messages: MessageBatch;
}

/**
 * Acks of messages that are in flight to a member of one of the store's own groups: nothing else can settle them
 * while the transaction is under way; they are in flight again when it is rejected. Each can be acked by one part only.
 */
export interface AckOperation {
  readonly kind: 'ack';
  readonly member: GroupMember;
  readonly sequences: readonly number[];
}

/**
 * One part of a transaction. Parts take effect in their order, and what one topic is to take is counted together; room
 * that acks of the same transaction make does not count.
 */
export type TransactionOperation = AppendOperation | AckOperation;

/** The topics that a transaction publishes to, each once. */
export function topicsOf(operations: readonly TransactionOperation[]): string[] {
  const topics = new Set<string>();
  for (const operation of operations) {
    switch (operation.kind) {
      case 'append':
        topics.add(operation.topic);
        break;
      case 'ack':
        break;
      default:
        assertNever(operation);
    }
  }
  return [...topics];
}

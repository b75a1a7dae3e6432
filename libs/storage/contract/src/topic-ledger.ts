import type { TopicPolicy } from '@pochta/protocol';
import type { MessageStore } from './message-store';

/** What stays of a topic's name when the topic is deleted, so that its sequences never start again. */
export interface HighWaterMark {
  /** Neither it nor any sequence above it was ever given to a message. */
  readonly nextSequence: number;
  readonly epoch: string;
}

/** What a durable engine keeps of a topic whose messages another engine holds. */
export interface LedgerEntry extends HighWaterMark {
  readonly name: string;
  readonly policy: TopicPolicy;
}

/** Changes that are written as one. */
export interface LedgerChanges {
  /** New entries, or such as replace the one of their name. */
  readonly put: readonly LedgerEntry[];
  /** Topics that were deleted; their high-water marks stay. */
  readonly drop: readonly LedgerEntry[];
}

/** Where an engine that is not durable keeps its topics' definitions, and how far their sequences may have gone. */
export interface TopicLedger {
  /** As last written. */
  entries(): Iterable<LedgerEntry>;
  /** What is left of a topic that was deleted under this name, whichever engine held it. */
  highWaterMark(name: string): HighWaterMark | undefined;
  /** Resolves when the changes are durable. Rejects with `STORAGE_FULL` or `STORAGE_FAILED`: nothing was changed. */
  write(changes: LedgerChanges): Promise<void>;
}

/** A durable store that keeps the ledger of another one. The ledger can be used while the store is open. */
export interface LedgerKeepingStore extends MessageStore {
  readonly ledger: TopicLedger;
}

import type { TopicLedger } from '@pochta/storage-contract';
import { EmbeddedStore, type EmbeddedStoreOptions } from '@pochta/storage-embedded';
import { MemoryMedium } from './memory-medium';

export interface MemoryStoreOptions extends EmbeddedStoreOptions {
  /**
   * Where definitions and sequences are kept, so that after a restart the topics are there, empty, and go on above
   * all sequences they ever gave. Default: nowhere, and nothing is left after a restart.
   */
  readonly ledger?: TopicLedger;
}

/** The storage engine that keeps messages in the memory of the process. */
export class MemoryStore extends EmbeddedStore {
  constructor(options: MemoryStoreOptions = {}) {
    super('memory', new MemoryMedium(options.ledger), options);
  }
}

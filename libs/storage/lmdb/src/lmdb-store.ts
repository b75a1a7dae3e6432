import type { LedgerKeepingStore, TopicLedger } from '@pochta/storage-contract';
import { EmbeddedStore, type EmbeddedStoreOptions } from '@pochta/storage-embedded';
import { LmdbMedium } from './lmdb-medium';

export interface LmdbStoreOptions extends EmbeddedStoreOptions {
  /** The data folder; it is made when it is not there. */
  readonly path: string;
}

/** The storage engine that keeps topics on disk, in an LMDB data file. A confirm means that the data is flushed. */
export class LmdbStore extends EmbeddedStore implements LedgerKeepingStore {
  readonly ledger: TopicLedger;

  constructor(options: LmdbStoreOptions) {
    const medium = new LmdbMedium(options.path);
    super('lmdb', medium, options);
    this.ledger = medium.ledger;
  }
}

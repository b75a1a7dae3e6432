import { EmbeddedStore, type EmbeddedStoreOptions } from '@pochta/storage-embedded';
import { LmdbMedium } from './lmdb-medium';

export interface LmdbStoreOptions extends EmbeddedStoreOptions {
  /** The data folder; it is made when it is not there. */
  readonly path: string;
}

/** The storage engine that keeps topics on disk, in an LMDB data file. A confirm means that the data is flushed. */
export class LmdbStore extends EmbeddedStore {
  constructor(options: LmdbStoreOptions) {
    super('lmdb', new LmdbMedium(options.path), options);
  }
}

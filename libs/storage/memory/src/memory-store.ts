import { EmbeddedStore, type EmbeddedStoreOptions } from '@pochta/storage-embedded';
import { MemoryMedium } from './memory-medium';

export type MemoryStoreOptions = EmbeddedStoreOptions;

/** The storage engine that keeps topics in the memory of the process: the next one knows nothing of them. */
export class MemoryStore extends EmbeddedStore {
  constructor(options: MemoryStoreOptions = {}) {
    super('memory', new MemoryMedium(), options);
  }
}

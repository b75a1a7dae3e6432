import { describeMessageStore } from '@pochta/storage-contract/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from './lmdb-store';

describeMessageStore('LmdbStore', {
  engine: 'lmdb',
  capabilities: {
    durable: true,
    groups: true,
    priorities: true,
    delays: true,
    expiry: true,
    compaction: true,
    transactions: true,
  },
  place: () => {
    const path = mkdtempSync(join(tmpdir(), 'pochta-'));
    return {
      create: (clock) => new LmdbStore({ path, clock }),
      remove: () => rmSync(path, { recursive: true }),
    };
  },
});

import { describeMessageStore } from '@pochta/storage-contract/testing';
import { MemoryStore } from './memory-store';

describeMessageStore('MemoryStore', {
  engine: 'memory',
  capabilities: {
    durable: false,
    groups: true,
    priorities: true,
    delays: true,
    expiry: true,
    compaction: true,
    transactions: false,
  },
  place: () => ({ create: (clock) => new MemoryStore({ clock }) }),
});

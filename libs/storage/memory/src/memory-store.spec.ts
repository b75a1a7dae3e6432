import { describeMessageStore } from '@pochta/storage-contract/testing';
import { MemoryStore } from './memory-store';

describeMessageStore('MemoryStore', {
  engine: 'memory',
  capabilities: {
    durable: false,
    groups: false,
    priorities: false,
    delays: false,
    expiry: false,
    transactions: false,
  },
  place: () => ({ create: (now) => new MemoryStore({ now }) }),
});

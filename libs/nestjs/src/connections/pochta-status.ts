import type { ClientStatus } from '@pochta/client';

/** What a connection is at: as its client, or `idle` before anything has needed it. */
export type PochtaStatus = 'idle' | ClientStatus;

import type { Client } from '@pochta/client';
import type { HandlerCounts } from './handler-counts';

/** Takes in messages for handlers, by one subscription. */
export interface Consumer {
  /** For people: whose messages these are. */
  readonly place: string;
  readonly counts: readonly HandlerCounts[];
  /** Messages that handlers work on. */
  readonly running: number;
  /**
   * Rejects with what `Client.subscribe` rejects with. Calls back when it gets nothing more and has not been closed; it
   * can be opened again then.
   */
  open(client: Client, onLost: (error: Error) => void): Promise<void>;
  /** Takes nothing new; resolves when what is being handled is settled. Never rejects. */
  close(): Promise<void>;
}

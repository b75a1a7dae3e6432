import {
  MAX_IN_FLIGHT_BYTES,
  type GroupListener,
  type GroupMember,
  type GroupPage,
} from '@pochta/storage-contract';
import type { Claim } from './in-flight/claim';
import type { Dispatcher } from './dispatcher';
import type { Run } from './in-flight/hold';

/** A member of a group. */
export class EmbeddedMember implements GroupMember {
  readonly listener: GroupListener;
  /** What it was handed out, as far as something of it is in flight. */
  readonly runs = new Set<Run>();
  /** Until it is settled for good. */
  inFlight = 0;
  /** Payload bytes of what is in flight, and not being settled; at most. */
  bytes = 0;
  /** It has left, or its group is closed. */
  gone = false;
  readonly #dispatcher: Dispatcher;

  constructor(dispatcher: Dispatcher, listener: GroupListener) {
    this.#dispatcher = dispatcher;
    this.listener = listener;
  }

  get full(): boolean {
    return this.bytes >= MAX_IN_FLIGHT_BYTES;
  }

  async fetch(maxMessages: number, maxBytes: number): Promise<GroupPage> {
    return this.#dispatcher.fetch(this, maxMessages, maxBytes);
  }

  async ack(sequences: readonly number[]): Promise<void> {
    return this.#dispatcher.ack(this, sequences);
  }

  async nack(sequences: readonly number[], delay?: number): Promise<void> {
    return this.#dispatcher.nack(this, sequences, delay);
  }

  async terminate(sequences: readonly number[], reason?: string): Promise<void> {
    return this.#dispatcher.terminate(this, sequences, reason);
  }

  async touch(sequences: readonly number[]): Promise<void> {
    this.#dispatcher.touch(this, sequences);
  }

  release(sequences: readonly number[]): void {
    this.#dispatcher.release(this, sequences);
  }

  leave(): void {
    this.#dispatcher.leave(this);
  }

  /**
   * For a transaction: sets messages aside that are in flight to it. What is claimed must be acked in a commit
   * (`Claim.check`, then `Claim.ack`) or, when that fails, taken back (`Claim.undo`). Throws `NOT_IN_FLIGHT`.
   */
  claim(sequences: readonly number[]): Claim {
    return this.#dispatcher.claim(this, sequences);
  }
}

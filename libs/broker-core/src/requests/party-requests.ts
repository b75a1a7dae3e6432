import { IdTable, type RequestId } from '@pochta/protocol';
import type { PendingRequest } from './pending-request';
import { Ring } from './ring';

/** The requests that one party takes part in, so that when it goes, nobody need look through those of all others. */
export class PartyRequests {
  /** Those that it waits for. */
  readonly asking = new Ring<PendingRequest>();
  /** Those that it is to answer. */
  readonly asked = new Ring<PendingRequest>();
  /** Its own, by the id that it gave them: where it gave one to several, the last of them. */
  readonly #byId = new IdTable<PendingRequest>();

  find(id: RequestId): PendingRequest | undefined {
    return this.#byId.get(id);
  }

  name(id: RequestId, pending: PendingRequest): void {
    this.#byId.set(id, pending);
  }

  forget(id: RequestId, pending: PendingRequest): void {
    // A later request of the same id may have taken its place.
    if (this.#byId.get(id) === pending) this.#byId.delete(id);
  }
}

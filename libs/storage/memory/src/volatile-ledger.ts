import type { HighWaterMark, LedgerChanges, LedgerEntry, TopicLedger } from '@pochta/storage-contract';

/** The ledger of an engine that has no other behind it: it lasts as long as the process. */
export class VolatileLedger implements TopicLedger {
  readonly #marks = new Map<string, HighWaterMark>();

  entries(): Iterable<LedgerEntry> {
    return [];
  }

  highWaterMark(name: string): HighWaterMark | undefined {
    return this.#marks.get(name);
  }

  write({ put, drop }: LedgerChanges): Promise<void> {
    for (const { name } of put) this.#marks.delete(name);
    for (const { name, nextSequence, epoch } of drop) this.#marks.set(name, { nextSequence, epoch });
    return Promise.resolve();
  }
}

import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import type { HighWaterMark, LedgerChanges, LedgerEntry, TopicLedger } from '@pochta/storage-contract';
import type { DataFile, Write } from './data-file';
import { KIND, nameKey } from './data-keys';

/** The topics of another engine, in the data file. */
export class LmdbLedger implements TopicLedger {
  readonly #file: () => DataFile;

  constructor(file: () => DataFile) {
    this.#file = file;
  }

  entries(): Iterable<LedgerEntry> {
    const file = this.#file();
    const keys = file.keys(Buffer.of(KIND.ledger), Buffer.of(KIND.ledger + 1));
    const entries = keys.map((key) => readEntry(file.get(key)!));
    file.endRead();
    return entries;
  }

  highWaterMark(name: string): HighWaterMark | undefined {
    const file = this.#file();
    const value = file.get(nameKey(KIND.mark, name));
    file.endRead();
    return value && (JSON.parse(value.toString()) as HighWaterMark);
  }

  async write({ put, drop }: LedgerChanges): Promise<void> {
    const writes: Write[] = [];
    for (const { name, nextSequence, epoch } of drop) {
      const mark: HighWaterMark = { nextSequence, epoch };
      writes.push({ key: nameKey(KIND.ledger, name) });
      writes.push({ key: nameKey(KIND.mark, name), value: Buffer.from(JSON.stringify(mark)) });
    }
    for (const entry of put) {
      writes.push({ key: nameKey(KIND.mark, entry.name) });
      writes.push({ key: nameKey(KIND.ledger, entry.name), value: Buffer.from(JSON.stringify(entry)) });
    }
    await this.#file().write(writes, false);
  }
}

/** Entries may be from before some of a policy's fields were there. */
function readEntry(value: Buffer): LedgerEntry {
  const entry = JSON.parse(value.toString()) as LedgerEntry;
  return { ...entry, policy: { ...DEFAULT_TOPIC_POLICY, ...entry.policy } };
}

import { lastSequence, MessageBatch, type StoredBatch } from '@pochta/protocol';
import type { LedgerEntry } from '@pochta/storage-contract';
import { Fifo, type TopicRecord } from '@pochta/storage-embedded';
import BTree from 'sorted-btree';

/** A batch may keep buffers alive that are this many times as long as what it uses. */
const MAX_SLACK = 1.25;

/** What memory holds of a topic. */
export class MemoryTopic {
  readonly batches = new Fifo<StoredBatch>();
  /** By their keys as latin1 text, which sorts as the bytes do. */
  readonly records = new BTree<string, Buffer>(undefined, compareText);
  nextSequence: number;

  constructor(
    public record: TopicRecord,
    /** Sequences from this one on must not be given before the ledger knows of it. */
    public reserved: number,
  ) {
    this.nextSequence = reserved;
  }

  /** Removes the batch that begins at a sequence. */
  remove(firstSequence: number): void {
    const index = this.batches.search((batch) => batch.firstSequence > firstSequence) - 1;
    if (this.batches.at(index)?.firstSequence === firstSequence) this.batches.removeAt(index);
  }

  /** Removes what a purge leaves behind. */
  clear(through: number, generation: number): void {
    for (
      let first = this.batches.at(0);
      first && lastSequence(first) <= through;
      first = this.batches.at(0)
    ) {
      this.batches.shift();
    }
    const end = Buffer.alloc(4);
    end.writeUInt32BE(generation);
    this.records.deleteRange('', end.toString('latin1'), false);
  }

  read(sequence: number): StoredBatch | undefined {
    const behind = this.batches.search((batch) => batch.firstSequence > sequence);
    const batch = this.batches.at(behind - 1);
    return batch && sequence < batch.firstSequence + batch.messages.count ? batch : undefined;
  }

  entry(nextSequence: number): LedgerEntry {
    return ledgerEntry(this.record, nextSequence);
  }
}

export function ledgerEntry({ name, policy, epoch }: TopicRecord, nextSequence: number): LedgerEntry {
  return { name, policy, epoch, nextSequence };
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The batch itself, or a copy if it would keep much larger buffers alive. */
export function compact(batch: StoredBatch): StoredBatch {
  const { count, byteLength, bytes, ends, attributes } = batch.messages;
  const tightBytes = bytes.buffer.byteLength <= byteLength * MAX_SLACK;
  const tightEnds = ends.buffer.byteLength <= count * 4 * MAX_SLACK;
  if (tightBytes && tightEnds) return batch;
  const messages = new MessageBatch(
    count,
    tightBytes ? bytes : Buffer.from(bytes.subarray(0, byteLength)),
    tightEnds ? ends : ends.slice(0, count),
    attributes,
  );
  return { ...batch, messages };
}

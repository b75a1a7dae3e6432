import { lastSequence, MessageBatch, type Lease, type StoredBatch } from '@pochta/protocol';
import type { LedgerEntry } from '@pochta/storage-contract';
import { Fifo, type TopicRecord } from '@pochta/storage-embedded';
import BTree from 'sorted-btree';
import { Arena } from './arena';

/** Up to so many numbers a typed array has no buffer of its own. */
const FEW = 16;
/** Payloads may keep a buffer alive that is so many times as long: a chunk of a socket holds two large frames. */
const MAX_SLACK = 2.25;

/** What memory holds of a topic. */
export class MemoryTopic {
  readonly batches = new Fifo<StoredBatch>();
  /** By their keys as latin1 text, which sorts as the bytes do. */
  readonly records = new BTree<string, Buffer>(undefined, compareText);
  nextSequence: number;
  readonly #arena = new Arena();
  /** Payload bytes of all batches. */
  #bytes = 0;

  constructor(
    public record: TopicRecord,
    /** Sequences from this one on must not be given before the ledger knows of it. */
    public reserved: number,
  ) {
    this.nextSequence = reserved;
  }

  /**
   * Takes the batch in behind the others; as a copy, where its buffers are small parts of larger ones. Where they are not,
   * the topic becomes the owner of their lease.
   */
  append({ topic, firstSequence, timestamp, messages: given }: StoredBatch): void {
    const { count, byteLength, ends, attributes, uniform } = given;
    const own = ends.subarray(0, count);
    this.#bytes += byteLength;
    const isTight = given.footprint <= MAX_SLACK * byteLength;
    // What has an owner already stays where it is, and is never overwritten.
    const lease = isTight && given.lease?.own() === true ? given.lease : undefined;
    const bytes = isTight && lease === undefined ? given.bytes : given.lentBytes;
    const kept = isTight ? bytes : this.#arena.copy(bytes.subarray(0, byteLength), this.#bytes);
    const keptEnds = count <= FEW ? own.slice() : this.#arena.copyNumbers(own, this.#bytes);
    const messages = new MessageBatch(count, kept, keptEnds, attributes, undefined, uniform, lease);
    this.batches.push({ topic, firstSequence, timestamp, messages });
  }

  /** Removes the batch that begins at a sequence. `gone`: takes the leases that are to be released. */
  remove(firstSequence: number, gone: Lease[]): void {
    const index = this.batches.search((batch) => batch.firstSequence > firstSequence) - 1;
    const batch = this.batches.at(index);
    if (batch?.firstSequence !== firstSequence) return;
    this.batches.removeAt(index);
    this.#bytes -= batch.messages.byteLength;
    this.#release(batch, gone);
    if (this.#arena.isWasteful) this.#tidy(gone);
  }

  /** Removes what a purge leaves behind. */
  clear(through: number, generation: number, gone: Lease[]): void {
    for (
      let first = this.batches.at(0);
      first && lastSequence(first) <= through;
      first = this.batches.at(0)
    ) {
      this.batches.shift();
      this.#bytes -= first.messages.byteLength;
      this.#release(first, gone);
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

  #release({ messages: { lease, lentBytes, ends } }: StoredBatch, gone: Lease[]): void {
    if (lease === undefined) this.#arena.release(lentBytes);
    else gone.push(lease);
    if (ends.length > FEW) this.#arena.release(ends);
  }

  /** Moves what lies in slabs that are mostly empty. Whoever reads what lay there goes on reading it. */
  #tidy(gone: Lease[]): void {
    this.#arena.retire();
    for (let index = 0; index < this.batches.length; index++) {
      const batch = this.batches.at(index)!;
      const moved = this.#moved(batch);
      if (moved === undefined) continue;
      this.batches.replaceAt(index, { ...batch, messages: moved });
      this.#release(batch, gone);
    }
  }

  #moved({ messages }: StoredBatch): MessageBatch | undefined {
    const { count, byteLength, lentBytes: bytes, ends, attributes, uniform } = messages;
    const areBytesSparse = this.#arena.isSparse(bytes);
    const areEndsSparse = ends.length > FEW && this.#arena.isSparse(ends);
    if (!areBytesSparse && !areEndsSparse) return undefined;
    const keptBytes = this.#arena.copy(bytes.subarray(0, byteLength), this.#bytes);
    const keptEnds = ends.length > FEW ? this.#arena.copyNumbers(ends, this.#bytes) : ends;
    return new MessageBatch(count, keptBytes, keptEnds, attributes, undefined, uniform);
  }
}

export function ledgerEntry({ name, policy, epoch }: TopicRecord, nextSequence: number): LedgerEntry {
  return { name, policy, epoch, nextSequence };
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

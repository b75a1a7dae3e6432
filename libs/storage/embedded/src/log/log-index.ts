import { lastSequence, type StoredBatch } from '@pochta/protocol';
import type { MediumChanges } from '../medium';
import { numberIn, numbersKey } from '../records/record-space';
import type { LogContent } from './log-content';
import type { LogRemoval } from './log-removal';

/** Finds messages of a log by what they are: their priority, their key, their time. */
export class LogIndex {
  readonly #content: LogContent;
  readonly #removal: LogRemoval;

  constructor(content: LogContent, removal: LogRemoval) {
    this.#content = content;
    this.#removal = removal;
  }

  /** Notes a batch that has just been appended; in a compacted topic, removes what it replaces. */
  add(batch: StoredBatch, changes: MediumChanges): void {
    const { messages } = batch;
    if (messages.hasAttributes(({ priority }) => priority !== undefined)) this.#noteLevels(batch);
    if (messages.hasAttributes(({ key }) => key !== undefined) && this.#content.record.policy.compact)
      this.#compact(batch, changes);
  }

  /** Sequence of the newest message that is there; the topic holds one. */
  lastPresent(): number {
    const { holes, staged } = this.#content;
    let sequence = staged.nextSequence - 1;
    if (staged.holes > 0) while (holes.get(sequence) !== 0) sequence--;
    return sequence;
  }

  /** Sequence of the first message stored at or after `time`; the next one when there is none. */
  sequenceAt(time: number): number {
    const { staged, holes } = this.#content;
    let low = staged.firstSequence;
    let high = staged.nextSequence;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // A batch that is gone as a whole has left no time: the next one that is there stands for it.
      const present = staged.holes === 0 ? middle : holes.firstWithout(middle, high);
      if (present === high) {
        high = middle;
        continue;
      }
      const batch = this.#content.readHeld(present);
      if (batch.timestamp >= time) high = Math.max(low, Math.min(middle, batch.firstSequence));
      else low = lastSequence(batch) + 1;
    }
    return low;
  }

  #noteLevels({ firstSequence, messages }: StoredBatch): void {
    let levels = 0;
    for (let index = 0; index < messages.count; index++) {
      levels |= 1 << (messages.attributes?.[index]?.priority ?? 0);
    }
    for (let level = 1; levels >>> level !== 0; level++) {
      if ((levels >>> level) & 1) this.#content.levels.put(numbersKey(level, firstSequence), Buffer.alloc(0));
    }
    this.#content.change({ levels: this.#content.staged.levels | (levels & ~1) });
  }

  #compact(batch: StoredBatch, changes: MediumChanges): void {
    const { keys } = this.#content;
    for (let index = 0; index < batch.messages.count; index++) {
      const key = batch.messages.attributes?.[index]?.key;
      if (key === undefined) continue;
      const name = Buffer.from(key);
      const replaced = keys.get(name);
      keys.put(name, numbersKey(batch.firstSequence + index));
      if (replaced === undefined) continue;
      const sequence = numberIn(replaced, 0);
      const holder = this.#content.read(sequence);
      // Without it, the whole commit fails: what came before in this operation is staged.
      if (holder === undefined) throw new Error(`message ${sequence} is gone, and its key is not`);
      this.#removal.removeRun(holder, sequence, sequence + 1, 'compacted', changes);
    }
  }
}

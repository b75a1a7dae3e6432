import type { TopicState } from '@pochta/storage-embedded';
import type { DataFile, Write } from './data-file';
import { KIND, numberKey, numberOf } from './data-keys';

/** So many values, or payload bytes, are removed at once. */
const VALUES = 256;
const BYTES = 1024 * 1024;

/** A batch that is gone, and whose value may still be in the data file. */
export interface Removed {
  /** The topic's key. */
  readonly topic: number;
  /** Its sequences are from `from` up to, but without, `to`. */
  readonly from: number;
  readonly to: number;
  /** Of payloads. */
  readonly bytes: number;
}

/**
 * Batches that are gone from the fronts of their topics, until there are many of them: their values are removed in one
 * transaction. Those of one topic lie behind each other in the data file, so that LMDB gets few long runs of free pages.
 * When it gets many short ones, it looks through all of them for one that fits a value, and each commit writes the list
 * of the others.
 *
 * Nobody reads what is before a topic's first sequence. What is held in a crash is found there at the next start.
 */
export class HeldRemovals {
  readonly #file: DataFile;
  #held: readonly Removed[] = [];

  constructor(file: DataFile) {
    this.#file = file;
  }

  /** Whether there is enough to be removed, together with these; on a full disk, anything is. */
  isEnough(more: readonly Removed[]): boolean {
    if (this.#file.isShort || this.#held.length + more.length >= VALUES) return true;
    const add = (bytes: number, one: Removed): number => bytes + one.bytes;
    return more.reduce(add, this.#held.reduce(add, 0)) >= BYTES;
  }

  /** What removes all that is held, and these. */
  writes(more: readonly Removed[]): Write[] {
    return removals([...this.#held, ...more]);
  }

  hold(more: readonly Removed[]): void {
    if (more.length > 0) this.#held = [...this.#held, ...more];
  }

  /** All that was held is removed. */
  clear(): void {
    this.#held = [];
  }

  /** The topic's batches through this sequence are waste, which is removed elsewhere. */
  forget(topic: number, through: number): void {
    this.#held = this.#held.filter((one) => one.topic !== topic || one.from > through);
  }

  /** Removes all that is held; `false` when there is nothing. */
  async remove(): Promise<boolean> {
    if (this.#held.length === 0) return false;
    await this.#file.write(this.writes([]), false);
    this.clear();
    return true;
  }
}

/** What removes batches, neighbours behind each other. */
export function removals(removed: readonly Removed[]): Write[] {
  const sorted = [...removed].sort((one, other) => one.topic - other.topic || one.from - other.from);
  return sorted.map(({ topic, from }, index) => {
    const before = sorted[index - 1] as Removed | undefined;
    const isNext = before?.topic === topic && before.to === from;
    return { key: numberKey(KIND.batch, topic, from), isNext };
  });
}

/** What an earlier run held of a topic. Up to `through`, all is waste. */
export function findHeld(file: DataFile, topic: number, through: number, state: TopicState): Removed[] {
  const { firstSequence, messages } = state;
  if (firstSequence === 1) return [];
  const end = numberKey(KIND.batch, topic, firstSequence + 1);
  const starts = file.keys(numberKey(KIND.batch, topic, through + 1), end).map(numberOf);
  // The last one holds the first message, when there is any.
  if (messages > 0) starts.pop();
  return starts.map((from, index) => ({ topic, from, to: starts[index + 1] ?? firstSequence, bytes: 0 }));
}

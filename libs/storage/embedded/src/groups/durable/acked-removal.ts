import type { GapReason } from '@pochta/protocol';
import type { TopicCommit } from '../../commit/topic-commit';
import type { LogContent } from '../../log/log-content';
import { enough, type LogRemoval } from '../../log/log-removal';
import type { GroupLog } from './group-log';

/** Removes messages that every group of a topic has acked. */
export class AckedRemoval {
  readonly #content: LogContent;
  readonly #removal: LogRemoval;
  readonly #groups: Iterable<GroupLog>;
  /** No message between the lowest ack floor and this sequence is acked by every group. */
  #searched = 0;

  constructor(content: LogContent, removal: LogRemoval, groups: Iterable<GroupLog>) {
    this.#content = content;
    this.#removal = removal;
    this.#groups = groups;
  }

  /** These are acked now, by one group. */
  onAcked(sequences: readonly number[]): void {
    this.#searched = Math.min(this.#searched, sequences[0]);
  }

  /** Groups have gone, or what was staged was. */
  searchAgain(): void {
    this.#searched = 0;
  }

  /** Removes all below every ack floor, and those of the given ones that every group has acked. */
  clear(sequences: readonly number[], commit: TopicCommit): void {
    const floor = this.#lowestFloor();
    this.#removeAll(0, floor, commit);
    for (let index = 0; index < sequences.length;) {
      const from = sequences[index];
      let to = from;
      while (sequences[index] === to && to >= floor && this.#isAcked(to)) {
        to++;
        index++;
      }
      if (to > from) this.#removeAll(from, to, commit);
      else index++;
    }
  }

  /** Removes the oldest of them: so many messages and bytes, if there are as many. Whether any was removed. */
  letGo(messages: number, bytes: number, commit: TopicCommit): boolean {
    const { messages: before, bytes: bytesBefore } = this.#content.staged;
    const missing = (): readonly [number, number] => {
      const { staged } = this.#content;
      return [messages - (before - staged.messages), bytes - (bytesBefore - staged.bytes)];
    };
    const floor = this.#lowestFloor();
    this.#removeFirst(0, floor, 'overflow', commit, missing);
    for (let at = Math.max(floor, this.#searched); isMissing(missing()); at = this.#searched) {
      const [from, to] = this.#nextAcked(at);
      this.#searched = to;
      if (from === to) break;
      this.#searched = this.#removeFirst(from, to, 'overflow', commit, missing);
    }
    return this.#content.staged.messages < before;
  }

  /** The next messages from `at` on that every group has acked; empty when there are none. */
  #nextAcked(at: number): readonly [from: number, to: number] {
    const first = this.#groups[Symbol.iterator]().next().value as GroupLog | undefined;
    if (first === undefined) return [at, at];
    let end = Infinity;
    for (const { staged, highestMark } of this.#groups) {
      end = Math.min(end, Math.max(staged.floor, highestMark + 1));
    }
    let from = at;
    while (from < end && !this.#isAcked(from)) {
      from = from < first.staged.floor ? from + 1 : first.marks.firstWith(from + 1, Math.max(end, from + 1));
    }
    let to = from;
    while (to < end && this.#isAcked(to)) to++;
    return [Math.min(from, Math.max(at, end)), Math.max(at, to)];
  }

  #isAcked(sequence: number): boolean {
    for (const group of this.#groups) if (!group.isAcked(sequence)) return false;
    return true;
  }

  #lowestFloor(): number {
    let lowest = Infinity;
    for (const { staged } of this.#groups) lowest = Math.min(lowest, staged.floor);
    return lowest === Infinity ? 0 : lowest;
  }

  #removeAll(from: number, to: number, commit: TopicCommit): void {
    this.#removeFirst(from, to, 'taken', commit, () => [Infinity, Infinity]);
  }

  /** Of the messages that are there, from `from` up to `to`, removes the first until nothing is missing; gives where it ended. */
  #removeFirst(
    from: number,
    to: number,
    reason: GapReason,
    { changes }: TopicCommit,
    missing: () => readonly [number, number],
  ): number {
    const { holes } = this.#content;
    let at = from;
    while (isMissing(missing())) {
      at = Math.max(at, this.#content.staged.firstSequence);
      if (this.#content.staged.holes > 0) at = holes.firstWithout(at, to);
      if (at >= to) break;
      const batch = this.#content.readHeld(at);
      const end = Math.min(to, this.#removal.runEnd(batch, at));
      const count = enough(batch, at, end, ...missing());
      this.#removal.removeRun(batch, at, at + count, reason, changes);
      at += count;
    }
    return at;
  }
}

function isMissing([messages, bytes]: readonly [number, number]): boolean {
  return messages > 0 || bytes > 0;
}

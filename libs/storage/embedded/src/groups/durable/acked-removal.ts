import type { GapReason } from '@pochta/protocol';
import type { TopicCommit } from '../../commit/topic-commit';
import type { LogContent } from '../../log/log-content';
import { enough, type LogRemoval } from '../../log/log-removal';
import { DueTime } from '../../schedule/due-time';
import { Heap } from '../in-flight/heap';
import type { GroupLog } from './group-log';

/** Batches of which one commit removes messages; what is left is for others. */
const SLICE = 1000;
/** Messages remembered that were acked behind the search; with more, it begins again. */
const MAX_LATE = 10_000;

/** Removes messages that every group of a topic has acked. */
export class AckedRemoval {
  readonly #content: LogContent;
  readonly #removal: LogRemoval;
  readonly #groups: Iterable<GroupLog>;
  /** When there is something left to remove: at once, or never. */
  readonly next = new DueTime();
  /** No message between the lowest ack floor and this sequence is acked by every group, but for the late ones. */
  #searched = 0;
  /** Below `#searched`: messages that every group has acked since. */
  readonly #late = new Heap<number>((one, other) => one < other);
  /** Batches that this commit may still remove messages of. */
  #room = SLICE;

  constructor(content: LogContent, removal: LogRemoval, groups: Iterable<GroupLog>) {
    this.#content = content;
    this.#removal = removal;
    this.#groups = groups;
  }

  /** These are acked now, by one group. */
  onAcked(sequences: readonly number[]): void {
    if (sequences.length === 0 || sequences[0] >= this.#searched) return;
    const floor = this.#lowestFloor();
    for (const sequence of sequences) {
      if (sequence >= this.#searched) return;
      if (sequence >= floor && this.#isAcked(sequence)) this.#late.push(sequence);
    }
    if (this.#late.size > MAX_LATE) this.searchAgain();
  }

  /** Groups have gone, or there is too much to remember. */
  searchAgain(): void {
    this.#searched = 0;
    this.#late.clear();
  }

  advance(): void {
    this.next.advance();
    this.#room = SLICE;
  }

  rollback(): void {
    this.next.rollback();
    this.#room = SLICE;
    this.searchAgain();
  }

  /** Removes what is below every ack floor, and those of the given ones that every group has acked: a slice of it. */
  clear(sequences: readonly number[], commit: TopicCommit): void {
    const floor = this.#lowestFloor();
    this.#removeSome(0, floor, commit);
    for (let index = 0; index < sequences.length;) {
      const from = sequences[index];
      let to = from;
      while (sequences[index] === to && to >= floor && this.#isAcked(to)) {
        to++;
        index++;
      }
      if (to === from) index++;
      else if (this.#removeSome(from, to, commit) < to) {
        this.#searched = Math.min(this.#searched, from);
        return;
      }
    }
  }

  /** Removes a slice of what every group has acked, wherever it is. */
  goOn(commit: TopicCommit): void {
    this.next.set(Infinity);
    const floor = this.#lowestFloor();
    this.#removeSome(0, floor, commit);
    for (let at = Math.max(floor, this.#searched); this.#room > 0; at = this.#searched) {
      const [from, to] = this.#nextAcked(at);
      this.#searched = from;
      if (from === to) return;
      this.#searched = this.#removeSome(from, to, commit);
    }
    this.next.by(0);
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
    this.#removeLate(floor, commit, missing);
    for (let at = Math.max(floor, this.#searched); isMissing(missing()); at = this.#searched) {
      const [from, to] = this.#nextAcked(at);
      this.#searched = to;
      if (from === to) break;
      this.#searched = this.#removeFirst(from, to, 'overflow', commit, missing);
    }
    return this.#content.staged.messages < before;
  }

  #removeLate(floor: number, commit: TopicCommit, missing: () => readonly [number, number]): void {
    while (this.#late.size > 0 && isMissing(missing())) {
      const sequence = this.#late.pop()!;
      // A group may have come since, or this one may have gone otherwise.
      if (sequence < floor || !this.#isAcked(sequence)) continue;
      this.#removeFirst(sequence, sequence + 1, 'overflow', commit, missing);
    }
  }

  /** The next messages from `at` on that every group has acked; empty when there are none. */
  #nextAcked(at: number): readonly [from: number, to: number] {
    let end = Infinity;
    for (const { staged, highestMark } of this.#groups) {
      end = Math.min(end, Math.max(staged.floor, highestMark + 1));
    }
    if (end === Infinity || end <= at) return [at, at];
    let from = at;
    for (let before = -1; before !== from && from < end;) {
      before = from;
      for (const group of this.#groups) from = group.nextAcked(from, end);
    }
    let to = end;
    for (const group of this.#groups) to = group.nextUnacked(from, to);
    return [from, to];
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

  /** Removes as much as the commit has room for; gives where it ended. What is left is due at once. */
  #removeSome(from: number, to: number, commit: TopicCommit): number {
    const missing = (): readonly [number, number] => [this.#room > 0 ? Infinity : 0, 0];
    const end = this.#removeFirst(from, to, 'taken', commit, missing);
    if (end < to) this.next.by(0);
    return end;
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
    let at = Math.max(from, this.#content.staged.firstSequence);
    while (isMissing(missing())) {
      at = Math.max(at, this.#content.staged.firstSequence);
      if (this.#content.staged.holes > 0) at = holes.firstWithout(at, to);
      if (at >= to) break;
      const batch = this.#content.readHeld(at);
      const end = Math.min(to, this.#removal.runEnd(batch, at));
      const count = enough(batch, at, end, ...missing());
      this.#removal.removeRun(batch, at, at + count, reason, changes);
      this.#room--;
      at += count;
    }
    return at;
  }
}

function isMissing([messages, bytes]: readonly [number, number]): boolean {
  return messages > 0 || bytes > 0;
}

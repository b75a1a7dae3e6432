import type { LogContent } from '../../log/log-content';
import type { GroupLog } from './group-log';

/**
 * How many of the messages that a topic holds a group has acked. Counted when somebody asks, which may take a while in a
 * log with many holes, and kept up to date from then on.
 */
export class AckedCount {
  readonly #content: LogContent;
  readonly #group: GroupLog;
  #known: number | undefined;
  #change = 0;
  #cleared = false;
  /** A commit is under way that changes what is counted: its records may be read already. */
  #isChanging = false;

  constructor(content: LogContent, group: GroupLog) {
    this.#content = content;
    this.#group = group;
  }

  /** As committed. */
  get(): number {
    if (this.#known !== undefined) return this.#known;
    const count = this.#count();
    if (!this.#isChanging) this.#known = count;
    return count;
  }

  /** As staged. */
  getStaged(): number {
    return this.#cleared ? this.#change : this.get() + this.#change;
  }

  /** These are acked now, as far as they are held: all of them are, or have become holes. */
  add(from: number, to: number): void {
    const { holes, staged } = this.#content;
    this.#isChanging = true;
    if (staged.holes === 0) this.#change += to - from;
    else for (let at = from; at < to; at++) if (holes.get(at) === 0) this.#change++;
  }

  /** So many that were acked are not held any more. */
  remove(count: number): void {
    this.#isChanging = true;
    this.#change -= count;
  }

  clear(): void {
    this.#isChanging = this.#cleared = true;
    this.#change = 0;
  }

  advance(): void {
    if (this.#cleared) this.#known = 0;
    if (this.#known !== undefined) this.#known += this.#change;
    this.rollback();
  }

  rollback(): void {
    this.#change = 0;
    this.#isChanging = this.#cleared = false;
  }

  #count(): number {
    const { firstSequence } = this.#content.state;
    const { floor } = this.#group.record;
    const { marks, highestMark } = this.#group;
    let acked = floor > firstSequence ? this.#held(firstSequence, floor) : 0;
    for (let at = floor; at <= highestMark;) {
      const from = marks.firstCommittedWith(at, highestMark + 1);
      at = marks.firstCommittedWithout(from, highestMark + 1);
      acked += this.#held(from, at);
      if (at === highestMark + 1) break;
    }
    return acked;
  }

  #held(from: number, to: number): number {
    const { holes, state } = this.#content;
    if (state.holes === 0) return to - from;
    let held = 0;
    for (let at = from; at < to;) {
      const start = holes.firstCommittedWithout(at, to);
      at = holes.firstCommittedWith(start, to);
      held += at - start;
    }
    return held;
  }
}

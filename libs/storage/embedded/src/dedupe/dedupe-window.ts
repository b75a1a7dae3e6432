import { Fifo } from '../fifo';
import { decodeIds, encodeIds, type IdParts, type IdRecord, type NewIdRecord } from './id-record';
import { MessageIdQueue } from './message-id-queue';
import { idCounter, MessageIdSet } from './message-id-set';

/** The ids of one commit: they are as old as each other, and are one record on disk. */
interface Mark {
  readonly start: number;
  readonly end: number;
  readonly time: number;
}

/** What a commit changes in the window, for the medium. */
export interface WindowChanges {
  readonly added?: NewIdRecord;
  /** `start` of each record that no id of the window is in any more. */
  readonly removed: readonly number[];
}

/** How far a commit has got, for `revert`. */
export interface WindowMark {
  readonly head: number;
  readonly end: number;
  readonly added: boolean;
}

/** How long and how many ids are remembered. */
export interface WindowLimits {
  /** ms. */
  readonly dedupeWindow: number;
  readonly dedupeIds: number;
}

/**
 * The message ids that a topic remembers, exactly, oldest forgotten first. What a commit adds and forgets can be taken
 * back until `advance`.
 */
export class DedupeWindow {
  readonly #ids = new MessageIdSet();
  readonly #queue: MessageIdQueue;
  readonly #marks = new Fifo<Mark>();
  /** Position of the oldest id remembered; the queue keeps what is before it until it is committed. */
  #head: number;
  #sealed: number;
  /** Marks that this commit forgets, in order. */
  readonly #forgotten: Mark[] = [];
  #added = false;
  /** Stems of ids that were taken back: their numbers are given up, if they have no other ids, after the commit. */
  readonly #takenBack: number[] = [];
  #lastStem = '';
  /** -1 between the commits, because numbers of stems are given up there. */
  #lastNumber = -1;

  /** `records`: what is remembered from earlier, oldest first. */
  constructor(records: Iterable<IdRecord>, limits: WindowLimits, now: number) {
    const loaded = [...records];
    const start = loaded[0]?.start ?? 0;
    const end = loaded.reduce((sum, record) => sum + record.count, start);
    this.#queue = new MessageIdQueue(start);
    this.#head = Math.max(start, end - limits.dedupeIds);
    this.#sealed = end;
    this.#load(loaded, now);
  }

  /** Forgets what is too old or too much. */
  expire(now: number, limits: WindowLimits): void {
    for (
      let mark = this.#marks.at(0);
      mark && mark.time + limits.dedupeWindow <= now;
      mark = this.#marks.at(0)
    ) {
      this.#forgetTo(mark.end);
      this.#forgotten.push(this.#marks.shift()!);
    }
    this.#forgetTo(this.#queue.end - limits.dedupeIds);
  }

  /** Remembers an id; `false` when it was remembered already. */
  admit(id: string, limits: WindowLimits): boolean {
    const counter = idCounter(id);
    const number = this.#stemNumber(counter < 0 ? id.length : id.lastIndexOf('-'), id);
    if (!this.#ids.add(number, counter)) return false;
    this.#queue.push(number, counter);
    this.#added = true;
    this.#forgetTo(this.#queue.end - limits.dedupeIds);
    return true;
  }

  has(id: string): boolean {
    const counter = idCounter(id);
    return this.#ids.has(counter < 0 ? id : id.slice(0, id.lastIndexOf('-')), counter);
  }

  mark(): WindowMark {
    return { head: this.#head, end: this.#queue.end, added: this.#added };
  }

  /** Takes back what was admitted since the mark, since when nothing else was asked for. */
  revert({ head, end, added }: WindowMark): void {
    const last = this.#queue.end;
    for (let at = Math.max(end, this.#head); at < last; at++) {
      this.#ids.delete(this.#queue.stem(at), this.#queue.counter(at));
    }
    for (let at = head; at < Math.min(end, this.#head); at++) {
      const stem = this.#queue.stem(at);
      if (stem !== MessageIdQueue.VOID) this.#ids.add(stem, this.#queue.counter(at));
    }
    for (let at = end; at < last; at++) this.#takenBack.push(this.#queue.stem(at));
    this.#queue.dropFrom(end);
    this.#head = head;
    this.#added = added;
  }

  /** Ends the commit's changes. */
  seal(now: number): WindowChanges {
    let added: NewIdRecord | undefined;
    if (this.#added) {
      const start = this.#sealed;
      const end = this.#queue.end;
      added = { start, count: end - start, timestamp: now, encode: () => encodeIds(this.#parts(start, end)) };
      this.#marks.push({ start, end, time: now });
    }
    for (let mark = this.#marks.at(0); mark && mark.end <= this.#head; mark = this.#marks.at(0)) {
      this.#forgotten.push(this.#marks.shift()!);
    }
    return { added, removed: this.#forgotten.map((mark) => mark.start) };
  }

  /** It was committed. */
  advance(): void {
    for (let position = this.#queue.start; position < this.#head; position++) this.#release(position);
    this.#queue.dropBefore(this.#head);
    this.#sealed = this.#queue.end;
    this.#forgotten.length = 0;
    this.#commitEnded();
  }

  /** It was not committed: all changes are undone. */
  rollback(): void {
    this.revert({ head: this.#queue.start, end: this.#sealed, added: false });
    this.#restoreMarks();
    this.#commitEnded();
  }

  #commitEnded(): void {
    for (const stem of this.#takenBack.splice(0)) this.#ids.release(stem);
    this.#added = false;
    this.#lastNumber = -1;
  }

  #restoreMarks(): void {
    const marks = this.#forgotten.splice(0);
    for (let mark = this.#marks.shift(); mark; mark = this.#marks.shift()) marks.push(mark);
    for (const mark of marks) if (mark.start < this.#sealed) this.#marks.push(mark);
  }

  /** Reads what an earlier run remembered. */
  #load(records: readonly IdRecord[], now: number): void {
    for (const record of records) {
      decodeIds(record.bytes, (stem, counter) => this.#queue.push(this.#ids.stemNumber(stem), counter));
    }
    // From the newest one on, because an id that was forgotten and came again is in two records.
    for (let at = this.#queue.end - 1; at >= this.#head; at--) {
      if (!this.#ids.add(this.#queue.stem(at), this.#queue.counter(at))) this.#queue.makeVoid(at);
    }
    // A clock that was set back has left later times in older records.
    const marks: Mark[] = [];
    let time = now;
    for (const record of records.toReversed()) {
      time = Math.min(time, record.timestamp);
      marks.push({ start: record.start, end: record.start + record.count, time });
    }
    for (const mark of marks.reverse()) this.#marks.push(mark);
  }

  /** Ids mostly have the stem of the one before, which is found without making a string of it. */
  #stemNumber(length: number, id: string): number {
    const same = this.#lastNumber >= 0 && length === this.#lastStem.length && id.startsWith(this.#lastStem);
    if (same) return this.#lastNumber;
    this.#lastStem = id.slice(0, length);
    return (this.#lastNumber = this.#ids.stemNumber(this.#lastStem));
  }

  #forgetTo(position: number): void {
    for (; this.#head < position; this.#head++) {
      const stem = this.#queue.stem(this.#head);
      if (stem !== MessageIdQueue.VOID) this.#ids.delete(stem, this.#queue.counter(this.#head));
    }
  }

  #release(position: number): void {
    const stem = this.#queue.stem(position);
    if (stem !== MessageIdQueue.VOID) this.#ids.release(stem);
  }

  *#parts(start: number, end: number): Iterable<IdParts> {
    for (let at = start; at < end; at++) {
      yield { stem: this.#ids.stemText(this.#queue.stem(at)), counter: this.#queue.counter(at) };
    }
  }
}

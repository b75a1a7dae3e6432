/** ms; deadlines that fall into one tick expire together. */
const TICK = 10;
const ignored = (): void => undefined;

/** Something that expires unless it is cancelled first. */
export interface Deadline {
  cancel(): void;
}

/** A deadline among those of its tick, which are a ring: to leave it costs two pointers, and no hashing. */
class Entry implements Deadline {
  before: Entry = this;
  behind: Entry = this;

  constructor(readonly expire: () => void) {}

  /** Whether it is in no ring; of a ring's head, whether it is alone. */
  get alone(): boolean {
    return this.behind === this;
  }

  /** Puts the entry at the end of the ring that begins here. */
  append(entry: Entry): void {
    entry.before = this.before;
    entry.behind = this;
    this.before.behind = entry;
    this.before = entry;
  }

  cancel(): void {
    this.before.behind = this.behind;
    this.behind.before = this.before;
    this.before = this.behind = this;
  }
}

/**
 * All deadlines of a client behind one timer: to set or cancel one costs next to nothing, so that every publish and
 * request can have its own. A deadline may be up to one tick (10 ms) late.
 */
export class Deadlines {
  /** The head of each tick's ring, which is no deadline itself. */
  readonly #ticks = new Map<number, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  /** Calls `expire` after `delay` ms, with nothing of the client's on the stack. */
  after(delay: number, expire: () => void): Deadline {
    const tick = Math.ceil((performance.now() + delay) / TICK);
    let head = this.#ticks.get(tick);
    if (head === undefined) this.#ticks.set(tick, (head = new Entry(ignored)));
    const entry = new Entry(expire);
    head.append(entry);
    if (tick < this.#armedFor) this.#arm(tick);
    return entry;
  }

  /** Forgets all deadlines; none expires any more. */
  clear(): void {
    this.#ticks.clear();
    this.#disarm();
  }

  #arm(tick: number): void {
    this.#disarm();
    this.#armedFor = tick;
    // A delay above 2^31 - 1 ms would fire at once.
    const delay = Math.min(Math.max(0, tick * TICK - performance.now()), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#expire(), delay);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  #expire(): void {
    const now = performance.now() / TICK;
    const due = [...this.#ticks.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
    for (const tick of due) {
      const head = this.#ticks.get(tick);
      this.#ticks.delete(tick);
      // Whoever expires may cancel others of the same tick.
      while (head !== undefined && !head.alone) {
        const entry = head.behind;
        entry.cancel();
        entry.expire();
      }
    }
    this.#armNext();
  }

  #armNext(): void {
    let next = Infinity;
    for (const [tick, head] of this.#ticks) {
      if (head.alone) this.#ticks.delete(tick);
      else if (tick < next) next = tick;
    }
    if (next === Infinity) this.#disarm();
    else this.#arm(next);
  }
}

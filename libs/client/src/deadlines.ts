/** ms; deadlines that fall into one tick expire together. */
const TICK = 10;

/** Something that expires unless it is cancelled first. */
export interface Deadline {
  cancel(): void;
}

class Entry implements Deadline {
  constructor(
    readonly expire: () => void,
    readonly bucket: Set<Entry>,
  ) {}

  cancel(): void {
    this.bucket.delete(this);
  }
}

/**
 * All deadlines of a client behind one timer: to set or cancel one costs an entry in a set, so that every publish and
 * request can have its own. A deadline may be up to one tick (10 ms) late.
 */
export class Deadlines {
  readonly #buckets = new Map<number, Set<Entry>>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  /** Calls `expire` after `delay` ms, with nothing of the client's on the stack. */
  after(delay: number, expire: () => void): Deadline {
    const tick = Math.ceil((performance.now() + delay) / TICK);
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) this.#buckets.set(tick, (bucket = new Set()));
    const entry = new Entry(expire, bucket);
    bucket.add(entry);
    if (tick < this.#armedFor) this.#arm(tick);
    return entry;
  }

  /** Forgets all deadlines; none expires any more. */
  clear(): void {
    this.#buckets.clear();
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
    const due = [...this.#buckets.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
    for (const tick of due) {
      const bucket = this.#buckets.get(tick);
      this.#buckets.delete(tick);
      for (const entry of bucket ?? []) {
        // Whoever expires may cancel others of the same tick.
        bucket?.delete(entry);
        entry.expire();
      }
    }
    this.#armNext();
  }

  #armNext(): void {
    let next = Infinity;
    for (const [tick, bucket] of this.#buckets) {
      if (bucket.size === 0) this.#buckets.delete(tick);
      else if (tick < next) next = tick;
    }
    if (next === Infinity) this.#disarm();
    else this.#arm(next);
  }
}

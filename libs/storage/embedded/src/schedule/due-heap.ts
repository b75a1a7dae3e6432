interface Entry<T> {
  readonly item: T;
  time: number;
  index: number;
}

/** Items by their time, the earliest one first; each change costs the logarithm of their number. */
export class DueHeap<T> {
  readonly #entries = new Map<T, Entry<T>>();
  readonly #heap: Entry<T>[] = [];

  /** The earliest time; `Infinity` when there is no item. */
  get first(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0].time;
  }

  /** `Infinity` when it is not there. */
  timeOf(item: T): number {
    return this.#entries.get(item)?.time ?? Infinity;
  }

  /** Puts an item, or moves it; with `Infinity`, removes it. */
  set(item: T, time: number): void {
    const entry = this.#entries.get(item);
    if (time === Infinity) return this.#delete(entry);
    if (entry !== undefined) {
      entry.time = time;
      this.#sift(entry);
      return;
    }
    const added = { item, time, index: this.#heap.length };
    this.#entries.set(item, added);
    this.#heap.push(added);
    this.#sift(added);
  }

  /** Removes and gives the items up to `time`, earliest first, at most `count`. */
  takeUntil(time: number, count: number): T[] {
    const items: T[] = [];
    while (items.length < count && this.#heap.length > 0 && this.first <= time) {
      items.push(this.#heap[0].item);
      this.#delete(this.#heap[0]);
    }
    return items;
  }

  #delete(entry: Entry<T> | undefined): void {
    if (entry === undefined) return;
    this.#entries.delete(entry.item);
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#place(last, entry.index);
    this.#sift(last);
  }

  #sift(entry: Entry<T>): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #rise(entry: Entry<T>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >>> 1];
      if (parent.time <= entry.time) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: Entry<T>): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const child = right !== undefined && right.time < left.time ? right : left;
      if (child === undefined || entry.time <= child.time) return;
      this.#swap(entry, child);
    }
  }

  #swap(one: Entry<T>, other: Entry<T>): void {
    const { index } = one;
    this.#place(one, other.index);
    this.#place(other, index);
  }

  #place(entry: Entry<T>, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }
}

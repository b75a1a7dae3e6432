/** Gaps at the front shorter than this are not worth closing. */
const MIN_GAP = 64;

/** A list that grows at its end and shrinks at its front, both in constant time on average, with access by index. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The item at `index`, counted from the front; `undefined` when there is none. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  last(): T | undefined {
    return this.length === 0 ? undefined : this.#items[this.#items.length - 1];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  pop(): T | undefined {
    return this.length === 0 ? undefined : this.#items.pop();
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head >= MIN_GAP && this.#head * 2 >= this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Puts another item in the place of the one at `index`, which is there. */
  replaceAt(index: number, item: T): void {
    this.#items[this.#head + index] = item;
  }

  /** Removes the item at `index`; costs the least near the front and near the end. */
  removeAt(index: number): void {
    if (index < 0 || index >= this.length) return;
    const at = this.#head + index;
    if (index < this.length - index) {
      this.#items.copyWithin(this.#head + 1, this.#head, at);
      this.shift();
    } else this.#items.splice(at, 1);
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  /** Index of the first item for which `isBehind` holds, which must hold for all items after it; `length` if none. */
  search(isBehind: (item: T) => boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBehind(this.#items[this.#head + middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

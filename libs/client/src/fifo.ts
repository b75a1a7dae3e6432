/** Items at the front that have been taken, above which their places are given back. */
const MOST_TAKEN = 1024;

/** A queue: `shift` of a long array would move all that is behind it each time. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    // What is taken is not to be kept alive; the array itself is, as one that is emptied often would be made often.
    this.#items[this.#first++] = undefined;
    if (this.#first < MOST_TAKEN) return item;
    if (this.size === 0) this.clear();
    else {
      this.#items.splice(0, MOST_TAKEN);
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }
}

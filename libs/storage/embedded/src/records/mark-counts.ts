/** How many marks there are in each chunk, and from a chunk on; a few bytes for each chunk that has any. */
export class MarkCounts {
  readonly #counts = new Map<number, number>();
  /** Ascending, as far as they have marks; `undefined` when it is to be made again. */
  #chunks: number[] | undefined;
  /** The marks from each of `#chunks` on. */
  #sums: number[] = [];

  get(chunk: number): number {
    return this.#counts.get(chunk) ?? 0;
  }

  set(chunk: number, count: number): void {
    if (count === this.get(chunk)) return;
    if (count === 0) this.#counts.delete(chunk);
    else this.#counts.set(chunk, count);
    this.#chunks = undefined;
  }

  /** All marks from a chunk on. */
  from(chunk: number): number {
    const chunks = (this.#chunks ??= this.#sum());
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (chunks[middle] < chunk) low = middle + 1;
      else high = middle;
    }
    return this.#sums[low] ?? 0;
  }

  #sum(): number[] {
    const chunks = [...this.#counts.keys()].sort((one, other) => one - other);
    this.#sums = new Array<number>(chunks.length);
    let sum = 0;
    for (let index = chunks.length - 1; index >= 0; index--) {
      this.#sums[index] = sum += this.get(chunks[index]);
    }
    return chunks;
  }
}

/**
 * The order in which one connection's batches are handed to the store, topic by topic, where something has to be
 * awaited before that.
 */
export class HandOverTurns {
  /** Per topic: resolves when the last turn so far has been handed over. Made with the first turn. */
  #last: Map<string, Promise<void>> | undefined;

  /** Resolves when all turns in the topic so far are handed over; `undefined` when there are none. */
  handedOver(topic: string): Promise<void> | undefined {
    return this.#last?.get(topic);
  }

  /** Whether a turn in one of these topics would have to wait. */
  waitsFor(topics: readonly string[]): boolean {
    const last = this.#last;
    return last !== undefined && last.size > 0 && topics.some((topic) => last.has(topic));
  }

  /**
   * Takes a turn in each of the topics. `work` awaits what it has to, then `previous`, then calls the store and
   * `handedOver`, which lets the next turns go on; they do so at the latest when it ends.
   */
  async take<T>(
    topics: readonly string[],
    work: (previous: Promise<unknown>, handedOver: () => void) => Promise<T>,
  ): Promise<T> {
    const last = (this.#last ??= new Map<string, Promise<void>>());
    const previous = Promise.all(topics.flatMap((topic) => last.get(topic) ?? []));
    let handedOver!: () => void;
    const turn = new Promise<void>((resolve) => (handedOver = resolve));
    for (const topic of topics) last.set(topic, turn);
    try {
      return await work(previous, handedOver);
    } finally {
      await previous;
      handedOver();
      for (const topic of topics) if (last.get(topic) === turn) last.delete(topic);
    }
  }
}

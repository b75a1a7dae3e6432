/** Messages that are in flight to members of consumer groups, on all connections together. */
export class InFlightTotal {
  #count = 0;
  #onEmpty: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  add(delta: number): void {
    this.#count += delta;
    if (this.#count === 0) for (const onEmpty of this.#onEmpty.splice(0)) onEmpty();
  }

  /** Resolves when nothing is in flight, or after `patience` ms. */
  async empty(patience: number): Promise<void> {
    if (this.#count === 0 || patience <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.#onEmpty.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

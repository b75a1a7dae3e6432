type Call<T> = () => Promise<T>;

/**
 * Starts calls for one name in the order they were made. Calls follow each other without waiting, but for those that
 * run alone: what comes behind them starts when they are done.
 */
export class NameOrder {
  /** Per name, when the next call may start; nothing for most names, which have nothing to wait for. */
  readonly #gates = new Map<string, Promise<void>>();

  run<T>(name: string, call: Call<T>): Promise<T> {
    return this.#gates.has(name) ? this.runAll([name], call) : call();
  }

  /** Starts one call for several names, in the order of each of them. It waits for earlier calls only. */
  runAll<T>(names: readonly string[], call: Call<T>): Promise<T> {
    const gates = names.map((name) => this.#gates.get(name)).filter((gate) => gate !== undefined);
    if (gates.length === 0) return call();
    let result!: Promise<T>;
    const started = Promise.all(gates).then(() => {
      result = call();
    });
    for (const name of names) this.#hold(name, started);
    return started.then(() => result);
  }

  runAlone<T>(name: string, call: Call<T>): Promise<T> {
    const gate = this.#gates.get(name);
    const result = gate === undefined ? call() : gate.then(call);
    this.#hold(
      name,
      result.then(
        () => undefined,
        () => undefined,
      ),
    );
    return result;
  }

  /** Resolves when no call waits. */
  async idle(): Promise<void> {
    while (this.#gates.size > 0) await Promise.all(this.#gates.values());
  }

  #hold(name: string, gate: Promise<void>): void {
    const opened = gate.then(() => {
      if (this.#gates.get(name) === opened) this.#gates.delete(name);
    });
    this.#gates.set(name, opened);
  }
}

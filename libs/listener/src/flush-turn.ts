import { Lookout } from './lookout';

/** What has something to write before the turn ends. */
export interface Flushable {
  flush(): void;
}

/**
 * One write per connection and turn: everything that became due while the event loop served its sockets is flushed
 * together, from one `setImmediate` for all connections. A microtask would be earlier, but would make a write out of
 * every chunk that any publisher sent.
 */
export class FlushTurn {
  #due: Flushable[] = [];
  #scheduled = false;
  #awaited = false;
  readonly #lookout = new Lookout();

  /** Whoever adds itself twice is flushed twice. */
  add(flushable: Flushable): void {
    this.#due.push(flushable);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#lookout.end();
    // Behind what this chunk has stored: a commit that need not wait is done, and told, before the flush of the same turn.
    process.nextTick(this.#schedule);
  }

  /** Somebody waits for what this turn sends, and may answer it at once: the event loop stays awake for a moment. */
  stayAwake(): void {
    this.#awaited = true;
  }

  readonly #schedule = (): void => {
    setImmediate(this.#run);
  };

  readonly #run = (): void => {
    const due = this.#due;
    this.#due = [];
    this.#scheduled = false;
    for (const flushable of due) flushable.flush();
    // What was flushed may have begun the next turn already.
    if (this.#awaited && !this.#scheduled) this.#lookout.begin();
    this.#awaited = false;
  };
}

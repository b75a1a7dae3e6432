import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** One message's way through a topic's handler. */
export interface HandlerRun {
  /** The exception that went to Nest's exception filters last. */
  exception: unknown;
  /** Calls the handler. Ends later, never within this call. */
  start(): void;
}

/** Runs that are to be started, in their order. */
export interface RunSource {
  next(): HandlerRun | undefined;
}

interface Waiting {
  readonly source: RunSource;
  /** Where the source was added: its runs start there, and not in the context of one that ended before them. */
  readonly scope: AsyncResource;
}

/**
 * Starts handlers so that it is known whose code runs. An `AsyncLocalStorage` tells that of any code, but makes each of the
 * many promises that Nest makes for a message dearer, which doubles what a message costs. So a run goes without a mark
 * while it is the only one that does: what is not marked is its own. The next one follows when it ends, which is in the
 * same turn for a handler that waits for nothing. Once the turn is over, what it did not get to is started all at once,
 * each run marked.
 */
export class HandlerLane {
  readonly #marked = new AsyncLocalStorage<HandlerRun>();
  readonly #waiting: Waiting[] = [];
  /** The only run that has no mark. */
  #alone: HandlerRun | undefined;
  #isWatched = false;

  /** The run that calls this. */
  get current(): HandlerRun | undefined {
    return this.#marked.getStore() ?? this.#alone;
  }

  add(source: RunSource): void {
    this.#waiting.push({ source, scope: new AsyncResource('PochtaHandlers') });
    this.#advance();
  }

  /** To be told of a run once nothing of it can run any more, not when it is given up. */
  ended(run: HandlerRun): void {
    if (run !== this.#alone) return;
    this.#alone = undefined;
    this.#advance();
  }

  #advance(): void {
    while (this.#alone === undefined && this.#startNext(this.#startAlone));
    if (this.#waiting.length > 0) this.#watch();
  }

  /** Waits for the end of the turn: ticks that are asked for by a microtask come when no microtask is left. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#isWatched = false;
        while (this.#startNext(this.#startMarked));
      }),
    );
  }

  /** Whether there was one. */
  #startNext(startRun: (run: HandlerRun) => void): boolean {
    while (this.#waiting.length > 0) {
      const { source, scope } = this.#waiting[0];
      const run = source.next();
      if (run !== undefined) {
        scope.runInAsyncScope(startRun, this, run);
        return true;
      }
      this.#waiting.shift();
    }
    return false;
  }

  #startAlone(run: HandlerRun): void {
    // What a handler publishes is handled under that handler's mark, and would be taken for its own.
    if (this.#marked.getStore() !== undefined) return this.#startMarked(run);
    this.#alone = run;
    run.start();
  }

  #startMarked(run: HandlerRun): void {
    this.#marked.run(run, start, run);
  }
}

function start(run: HandlerRun): void {
  run.start();
}

/** One for the process: what `@Topic` puts on its method does not know its broker. */
export const handlerLane = new HandlerLane();

import type { ClientEvents } from './client-events';
import { isUncertain } from './errors';

type Listener<K extends keyof ClientEvents> = (event: ClientEvents[K]) => void;

/** Who listens to a client. */
export class EventListeners {
  readonly #listeners = new Map<keyof ClientEvents, Set<Listener<never>>>();

  /** Returns a function that stops listening. */
  add<K extends keyof ClientEvents>(event: K, listener: Listener<K>): () => void {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, (listeners = new Set()));
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Tells all who listen; false when nobody does. A listener that throws is told of by `handlerFailed`. */
  tell<K extends keyof ClientEvents>(event: K, detail: ClientEvents[K]): boolean {
    const listeners = this.#listeners.get(event) as Set<Listener<K>> | undefined;
    if (listeners === undefined || listeners.size === 0) return false;
    for (const listener of [...listeners]) {
      try {
        listener(detail);
      } catch (error) {
        // A `handlerFailed` listener that throws has nobody left to be told.
        if (event === 'handlerFailed') warn(error);
        else this.handlerFailed(undefined, error);
      }
    }
    return true;
  }

  handlerFailed(topic: string | undefined, error: unknown, group?: string): void {
    if (!this.tell('handlerFailed', { topic, group, error })) warn(error);
  }

  /** That deliveries come again is what groups are for; anything else is somebody's to know. */
  settlementFailed(detail: ClientEvents['settlementFailed']): void {
    const { error } = detail;
    if (!this.tell('settlementFailed', detail) && error.code !== 'NOT_IN_FLIGHT' && !isUncertain(error))
      warn(error);
  }

  /** Forgets all. */
  clear(): void {
    this.#listeners.clear();
  }
}

function warn(error: unknown): void {
  const detail = error instanceof Error ? error.stack : undefined;
  process.emitWarning(String(error), { type: 'PochtaWarning', detail });
}

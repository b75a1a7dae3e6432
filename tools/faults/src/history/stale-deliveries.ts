import type { Event } from './events';
import { place } from './facts';

/**
 * Tells deliveries that were made earlier than they were read: while one waits in a socket's buffer, its ack deadline
 * may pass, and the same message be delivered to another member, which is read first.
 */
export class StaleDeliveries {
  readonly #opened = new Map<number, number>();
  readonly #newest = new Map<string, { readonly count: number; readonly at: number }>();

  /** To be called with every event, in order. */
  isStale(event: Event): boolean {
    if (event.type === 'opened') this.#opened.set(event.connection, event.at);
    if (event.type !== 'delivered' || event.group === undefined) return false;
    const key = place(event.topic, event.sequence, event.group);
    const count = event.deliveryCount ?? 1;
    const newest = this.#newest.get(key);
    if (newest !== undefined && count < newest.count)
      return (this.#opened.get(event.connection) ?? 0) <= newest.at;
    if (newest === undefined || count > newest.count) this.#newest.set(key, { count, at: event.at });
    return false;
  }
}

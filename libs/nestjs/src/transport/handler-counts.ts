/** How often what became of a handler's messages, since the start. */
export interface HandlerCounts {
  /** The topic or filter. */
  readonly pattern: string;
  /** `undefined` for a broadcast and for requests. */
  readonly group: string | undefined;
  /** The handler was done with them. */
  readonly handled: number;
  /** It failed, or said so by the context; the sum of the next two, of a broadcast's, and of what it had acked before. */
  readonly failed: number;
  /** They come again, unless it was their last delivery. */
  readonly retried: number;
  /** They became dead letters at once. */
  readonly terminated: number;
}

/** How a handler settles a message itself. */
export type SettleVerb = 'ack' | 'nack' | 'terminate';

export type Counts = { -readonly [Name in keyof HandlerCounts]: HandlerCounts[Name] };

/** Of a message that the handler has settled, if not `undefined`, by that verb, and was done with. */
export function countDone(counts: Counts, settledBy: SettleVerb | undefined): void {
  if (settledBy === undefined || settledBy === 'ack') {
    counts.handled++;
  } else {
    counts.failed++;
    counts[settledBy === 'nack' ? 'retried' : 'terminated']++;
  }
}

export function noCounts(pattern: string, group?: string): Counts {
  return { pattern, group, handled: 0, failed: 0, retried: 0, terminated: 0 };
}

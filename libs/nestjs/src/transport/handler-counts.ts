/** How often what became of a handler's messages, since the start. */
export interface HandlerCounts {
  /** The topic or filter. */
  readonly pattern: string;
  /** `undefined` for a broadcast and for requests. */
  readonly group: string | undefined;
  /** The handler was done with them. */
  readonly handled: number;
  /** It failed; the sum of the next two, and of a broadcast's. */
  readonly failed: number;
  /** They come again, unless it was their last delivery. */
  readonly retried: number;
  /** They became dead letters at once. */
  readonly terminated: number;
}

export type Counts = { -readonly [Name in keyof HandlerCounts]: HandlerCounts[Name] };

export function noCounts(pattern: string, group?: string): Counts {
  return { pattern, group, handled: 0, failed: 0, retried: 0, terminated: 0 };
}

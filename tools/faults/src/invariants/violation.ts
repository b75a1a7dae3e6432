import type { Facts } from '../history/facts';

/** A promise of the broker's that a history shows to be broken. */
export interface Violation {
  /** Name of the invariant. */
  readonly invariant: string;
  readonly text: string;
  /** The messages whose history tells how it came about. */
  readonly ids: readonly string[];
}

/** Looks for one kind of broken promise. Knows nothing but the history. */
export interface Invariant {
  readonly name: string;
  /** What holds, in one sentence. */
  readonly promise: string;
  check(facts: Facts): Iterable<{ readonly text: string; readonly ids: readonly string[] }>;
}

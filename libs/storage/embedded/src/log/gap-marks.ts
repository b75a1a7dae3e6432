import type { GapReason } from '@pochta/protocol';

/** By their number, which is what marks holes in records: new ones go to the end. */
const REASONS: readonly (GapReason | undefined)[] = [
  undefined,
  'overflow',
  'age',
  'expired',
  'taken',
  'purged',
  'compacted',
  'epoch',
];

export function markOf(reason: GapReason): number {
  return REASONS.indexOf(reason);
}

export function reasonOf(mark: number): GapReason {
  return REASONS[mark] ?? 'purged';
}

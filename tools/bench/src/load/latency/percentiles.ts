/** Latencies of one run, in ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Each is the smallest value that so many of all do not exceed. Throws a `RangeError` when there is none. */
export function percentilesOf(values: Float64Array): Percentiles {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: sorted[sorted.length - 1] };
}

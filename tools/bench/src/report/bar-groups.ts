import type { Bar, BarGroup } from './chart';
import type { LatencyRow } from './latency-report';
import type { Row } from './report';
import type { Spread } from './statistics';
import { count, milliseconds } from './table';

interface Figure {
  readonly group: string;
  readonly contender: string;
  readonly spread: Spread;
  readonly text: string;
}

/** What the chart shows: each case's rates, and the 99th percentile of each latency. */
export function barGroups(rows: readonly Row[], latency: readonly LatencyRow[]): BarGroup[] {
  const rates = rows.map(({ case: name, contender, perSecond }) => ({
    group: `${name}, a second`,
    contender,
    spread: perSecond,
    text: count(perSecond.median),
  }));
  const latencies = latency.map(({ case: name, contender, client, p99 }) => ({
    group: `${name}, p99 (shorter is better)`,
    contender: client === 'raw' ? `${contender}, raw client` : contender,
    spread: p99,
    text: `${milliseconds(p99.median)} ms`,
  }));
  return grouped([...rates, ...latencies]);
}

function grouped(figures: readonly Figure[]): BarGroup[] {
  const groups = new Map<string, Bar[]>();
  for (const { group, contender, spread, text } of figures) {
    const { median: value, min, max } = spread;
    const bar = { label: contender, value, min, max, text, side: sideOf(contender) };
    groups.set(group, [...(groups.get(group) ?? []), bar]);
  }
  return [...groups].map(([title, bars]) => ({ title, bars }));
}

/** Pochta has contenders, as its packages have. */
function sideOf(contender: string): Bar['side'] {
  if (/^@?pochta/.test(contender)) return 'ours';
  return /^(reference|newline)/.test(contender) ? 'reference' : 'peer';
}

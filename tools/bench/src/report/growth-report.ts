import { grouped } from './grouped';
import type { MemoryUse } from '../load/memory-use';
import { spreadOf, type Spread } from './statistics';
import { count, percent, ratio, terminal, type Table } from './table';

/** One run of a growth case at one size. */
export interface GrowthRun {
  readonly case: string;
  /** Messages stored. */
  readonly size: number;
  readonly round: number;
  /** From the start of the process until it accepted a connection. */
  readonly startMs: number;
  readonly atStart?: MemoryUse;
  /** These are not there when only the start was measured. */
  readonly perSecond?: number;
  readonly afterRun?: MemoryUse;
  readonly clientCpu?: number;
  readonly serverCpu?: number;
  /** The rate at the smallest size, measured just before; a run at the smallest size has none. */
  readonly beside?: number;
}

export interface GrowthRow {
  readonly case: string;
  readonly size: number;
  readonly startMs: Spread;
  readonly perSecond?: Spread;
  /** The rate as a share of the one at the smallest size, of the same round each: below a half is too slow. */
  readonly toSmallest?: Spread;
  /** Medians of the runs. */
  readonly atStart?: MemoryUse;
  readonly afterRun?: MemoryUse;
  readonly serverCpu?: number;
  readonly clientCpu?: number;
}

/** What is asked of the broker. */
const LEAST_SHARE = 0.5;
const MOST_START_MS = 2000;

/** One row for each size of each case, in the order of the runs. */
export function summariseGrowth(runs: readonly GrowthRun[]): GrowthRow[] {
  return grouped(runs, (run) => `${run.case}\n${run.size}`)
    .map((group) => rowOf(group))
    .sort((a, b) => a.case.localeCompare(b.case) || a.size - b.size);
}

function rowOf(runs: readonly GrowthRun[]): GrowthRow {
  const [{ case: name, size }] = runs;
  return {
    case: name,
    size,
    startMs: spreadOf(runs.map(({ startMs }) => startMs)),
    perSecond: spreadOfKnown(runs.map(({ perSecond }) => perSecond)),
    toSmallest: spreadOfKnown(runs.map(({ perSecond, beside }) => perSecond && beside && perSecond / beside)),
    atStart: medianMemory(runs.map(({ atStart }) => atStart)),
    afterRun: medianMemory(runs.map(({ afterRun }) => afterRun)),
    serverCpu: spreadOfKnown(runs.map(({ serverCpu }) => serverCpu))?.median,
    clientCpu: spreadOfKnown(runs.map(({ clientCpu }) => clientCpu))?.median,
  };
}

function spreadOfKnown(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : spreadOf(known);
}

function medianMemory(values: readonly (MemoryUse | undefined)[]): MemoryUse | undefined {
  const rss = spreadOfKnown(values.map((value) => value?.rss));
  const own = spreadOfKnown(values.map((value) => value?.own));
  return rss && own && { rss: rss.median, own: own.median };
}

/** The rows as a table for a terminal, and below it what differs more than it should. */
export function growthText(rows: readonly GrowthRow[]): string {
  return [terminal(growthTable(rows)), ...complaints(rows)].join('\n');
}

/** The rows as a table. */
export function growthTable(rows: readonly GrowthRow[]): Table {
  const head = ['case', 'stored', 'rate/s', 'spread', 'of the smallest', 'start ms'];
  const memory = ['own MiB', 'RSS', 'own after', 'RSS after', 'server CPU', 'client CPU'];
  const lines = rows.map((row) => [
    row.case,
    count(row.size),
    row.perSecond ? count(row.perSecond.median) : '',
    row.perSecond ? `${count(row.perSecond.min)} - ${count(row.perSecond.max)}` : '',
    row.toSmallest ? ratio(row.toSmallest.median) : '',
    count(row.startMs.median),
    ...memoryCells(row.atStart),
    ...memoryCells(row.afterRun),
    ...[row.serverCpu, row.clientCpu].map((share) => (share === undefined ? '' : percent(share))),
  ]);
  return { head: [...head, ...memory], lines, leftColumns: 1 };
}

function memoryCells(memory: MemoryUse | undefined): string[] {
  return memory ? [mebibytes(memory.own), mebibytes(memory.rss)] : ['', ''];
}

/** What differs more than it should. */
export function complaints(rows: readonly GrowthRow[]): string[] {
  return rows.flatMap(({ case: name, size, toSmallest, startMs }) => [
    ...(toSmallest && toSmallest.median < LEAST_SHARE
      ? [`${name}: with ${count(size)} stored less than half as fast as with the fewest`]
      : []),
    ...(startMs.median > MOST_START_MS
      ? [`${name}: with ${count(size)} stored the start takes more than ${count(MOST_START_MS)} ms`]
      : []),
  ]);
}

const mebibytes = (bytes: number) => count(bytes / 1024 / 1024);

import { grouped } from './grouped';
import type { Percentiles } from '../load/latency/percentiles';
import { spreadOf, type Spread } from './statistics';
import { milliseconds, percent, ratio, type Table } from './table';

/** One contender's run in one round of a latency case. */
export interface LatencyRun {
  readonly case: string;
  readonly contender: string;
  readonly round: number;
  /** Only those of one kind are compared; `none`: the disk by itself. */
  readonly client: 'raw' | 'plain' | 'none';
  readonly peer: boolean;
  /** Whether a message was delivered only when it was flushed. */
  readonly durable: boolean;
  /** From when each message was due. */
  readonly latency: Percentiles;
  /** How late they were sent, which is part of it. */
  readonly sentLate?: Percentiles;
  /** Shares of one core. */
  readonly serverCpu?: number;
  /** The publisher's. */
  readonly clientCpu?: number;
}

export interface LatencyRow {
  readonly case: string;
  readonly contender: string;
  readonly client: LatencyRun['client'];
  /** ms. */
  readonly p50: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  readonly max: Spread;
  /** The 99th percentile of how late messages were sent, in ms. */
  readonly sentLate?: Spread;
  readonly serverCpu?: Spread;
  /** Of the lowest of another broker by a client of the same kind in the same round. */
  readonly p50OfPeer?: Spread;
  readonly p99OfPeer?: Spread;
  /** Of what is durable: of the p99 of the disk by itself in the same round. */
  readonly p99OfFlush?: Spread;
}

/** One row for each contender of each case, in the order of the runs. */
export function summariseLatency(runs: readonly LatencyRun[]): LatencyRow[] {
  return grouped(runs, (run) => `${run.case}\n${run.contender}\n${run.client}`).map((group) =>
    rowOf(group, runs),
  );
}

function rowOf(group: readonly LatencyRun[], runs: readonly LatencyRun[]): LatencyRow {
  const [{ case: name, contender, client, durable }] = group;
  const spread = (at: keyof Percentiles) => spreadOf(group.map(({ latency }) => latency[at]));
  const peers = (run: LatencyRun) =>
    client === 'none' ? [] : sameRound(runs, run).filter((other) => other.peer && other.client === client);
  const flushes = (run: LatencyRun) =>
    durable && client !== 'none' ? sameRound(runs, run).filter((other) => other.client === 'none') : [];
  return {
    case: name,
    contender,
    client,
    p50: spread('p50'),
    p99: spread('p99'),
    p999: spread('p999'),
    max: spread('max'),
    sentLate: spreadOfKnown(group.map(({ sentLate }) => sentLate?.p99)),
    serverCpu: spreadOfKnown(group.map(({ serverCpu }) => serverCpu)),
    p50OfPeer: ratios(group, 'p50', peers),
    p99OfPeer: ratios(group, 'p99', peers),
    p99OfFlush: ratios(group, 'p99', flushes),
  };
}

function sameRound(runs: readonly LatencyRun[], one: LatencyRun): LatencyRun[] {
  return runs.filter((other) => other.case === one.case && other.round === one.round);
}

/** Of the lowest of those that each is compared with; `undefined` when there are none. */
function ratios(
  group: readonly LatencyRun[],
  at: 'p50' | 'p99',
  comparedWith: (run: LatencyRun) => readonly LatencyRun[],
): Spread | undefined {
  return spreadOfKnown(
    group.map((run) => {
      const others = comparedWith(run).map(({ latency }) => latency[at]);
      return others.length === 0 ? undefined : run.latency[at] / Math.min(...others);
    }),
  );
}

function spreadOfKnown(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : spreadOf(known);
}

/** The rows as a table. */
export function latencyTable(rows: readonly LatencyRow[]): Table {
  const head = [
    'case',
    'contender',
    'p50 ms',
    'p99 ms',
    'spread',
    'p99.9 ms',
    'max ms',
    'sent late',
    'server CPU',
  ];
  const ratioHead = ['p50 of peer', 'p99 of peer', 'p99 of fdatasync'];
  const lines = rows.map((row) => [
    row.case,
    row.client === 'raw' ? `${row.contender}, raw client` : row.contender,
    milliseconds(row.p50.median),
    milliseconds(row.p99.median),
    `${milliseconds(row.p99.min)} - ${milliseconds(row.p99.max)}`,
    milliseconds(row.p999.median),
    milliseconds(row.max.max),
    row.sentLate ? milliseconds(row.sentLate.median) : '',
    row.serverCpu ? percent(row.serverCpu.median) : '',
    ...[row.p50OfPeer, row.p99OfPeer, row.p99OfFlush].map((spread) => (spread ? ratio(spread.median) : '')),
  ]);
  return { head: [...head, ...ratioHead], lines, leftColumns: 2 };
}

export const LATENCY_NOTES = [
  'latency: from when a message was due by the schedule, whenever it was sent, so that what holds up one counts for all behind it',
  'spread: of the p99 of the rounds; max: of all rounds; sent late: p99 of how late the publisher itself was, which is part of the latency',
  'of peer: of the lowest of the other brokers by the same kind of client in the same round, none of which keeps what it passes on',
  'fdatasync: 4 KiB written over a file and flushed, at most as often as messages are due; its times are those of each call',
];

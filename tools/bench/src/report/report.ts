import { grouped } from './grouped';
import { storedOf, type Stored, type StoredRun } from './stored';
import { spreadOf, type Spread } from './statistics';
import { count, percent, ratio, terminal, type Table } from './table';

/** One contender's run in one round of one case. */
export interface Run {
  readonly case: string;
  readonly contender: string;
  readonly round: number;
  readonly reference: boolean;
  /** Whether the best of these in a round is what a second ratio is of. */
  readonly rival?: boolean;
  /** What the reference did instead of the case, where it cannot do that. */
  readonly ratioOf?: string;
  /** Messages that were delivered or handled, or requests that were answered. */
  readonly perSecond: number;
  /** Share of one core that the broker, or the program in its place, used. */
  readonly serverCpu?: number;
  /** The same for the program that publishes, and subscribes unless there is a service. */
  readonly clientCpu: number;
  readonly serviceCpu?: number;
  /** Messages of one write, and of one frame where frames carry many. */
  readonly batch?: number;
  /** What becomes of a message that nobody can take, where that matters. */
  readonly keeps?: string;
  readonly stored?: StoredRun;
  /** Messages that never arrived. */
  readonly lost?: number;
}

export interface Row {
  readonly case: string;
  readonly contender: string;
  readonly perSecond: Spread;
  /** Of the reference in the same round. */
  readonly ratio?: Spread;
  readonly ratioOf?: string;
  /** Of the best rival in the same round. */
  readonly rivalRatio?: Spread;
  /** Of the best of those rivals that flush what they keep before they confirm it. */
  readonly flushedRivalRatio?: Spread;
  readonly serverCpu?: number;
  readonly clientCpu: number;
  readonly serviceCpu?: number;
  readonly batch?: number;
  readonly keeps?: string;
  readonly stored?: Stored;
  /** In all rounds. */
  readonly lost: number;
}

/** One row for each contender of each case, in the order of the runs. */
export function summarise(runs: readonly Run[]): Row[] {
  return grouped(runs, (run) => `${run.case}\n${run.contender}`).map((group) => ({
    case: group[0].case,
    contender: group[0].contender,
    perSecond: spreadOf(group.map((run) => run.perSecond)),
    ratio: ratios(group, (run) => runs.filter((other) => other.reference && sameRound(other, run))),
    ratioOf: group[0].ratioOf,
    rivalRatio: ratios(group, (run) => rivals(runs, run)),
    flushedRivalRatio: ratios(group, (run) => rivals(runs, run).filter(({ keeps }) => keeps === 'flushed')),
    serverCpu: median(group.map((run) => run.serverCpu)),
    clientCpu: spreadOf(group.map((run) => run.clientCpu)).median,
    serviceCpu: median(group.map((run) => run.serviceCpu)),
    batch: group[0].batch,
    keeps: group[0].keeps,
    stored: storedOf(group.map((run) => run.stored)),
    lost: group.reduce((sum, run) => sum + (run.lost ?? 0), 0),
  }));
}

function rivals(runs: readonly Run[], run: Run): readonly Run[] {
  return runs.filter((other) => other.rival === true && sameRound(other, run));
}

function sameRound(one: Run, other: Run): boolean {
  return one.case === other.case && one.round === other.round;
}

/** Of the best of those that each is compared with; `undefined` when there are none. */
function ratios(group: readonly Run[], comparedWith: (run: Run) => readonly Run[]): Spread | undefined {
  const values = group.flatMap((run) => {
    const others = comparedWith(run).map((other) => other.perSecond);
    return others.length > 0 ? [run.perSecond / Math.max(...others)] : [];
  });
  return values.length > 0 ? spreadOf(values) : undefined;
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? spreadOf(known).median : undefined;
}

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'case', cell: (row) => row.case },
  { title: 'contender', cell: (row) => row.contender },
  { title: 'per second', cell: (row) => count(row.perSecond.median) },
  { title: 'spread', cell: ({ perSecond: { min, max } }) => `${count(min)} - ${count(max)}` },
  { title: 'ratio', cell: ratioText },
  { title: 'server CPU', cell: (row) => shareText(row.serverCpu) },
  { title: 'client CPU', cell: (row) => shareText(row.clientCpu) },
];

/** Columns of those tables in which some row has something to say there. */
const FURTHER_COLUMNS: readonly Column[] = [
  { title: 'service CPU', cell: (row) => shareText(row.serviceCpu) },
  { title: 'limit', cell: limitText },
  { title: 'batch', cell: ({ batch }) => (batch === undefined ? '' : count(batch)) },
  { title: 'of best peer', cell: ({ rivalRatio }) => medianText(rivalRatio) },
  { title: 'of best flushed', cell: ({ flushedRivalRatio }) => medianText(flushedRivalRatio) },
  { title: 'keeps', cell: ({ keeps = '' }) => keeps },
  { title: 'lost', cell: ({ lost }) => (lost > 0 ? count(lost) : '') },
];

/** The rows as a table. */
export function rateTable(rows: readonly Row[]): Table {
  const further = FURTHER_COLUMNS.filter(({ cell }) => rows.some((row) => cell(row) !== ''));
  const all = [...COLUMNS, ...further];
  return {
    head: all.map(({ title }) => title),
    lines: rows.map((row) => all.map(({ cell }) => cell(row))),
    leftColumns: 2,
  };
}

export function table(rows: readonly Row[]): string {
  return terminal(rateTable(rows));
}

/** A process that uses so much of a core had no more to give: most of what is measured runs on one thread. */
const LIMIT_SHARE = 0.9;

/** Whose CPU was the limit; a wait when nobody's was, for the disk or for the other side. */
function limitText({ serverCpu, clientCpu, serviceCpu }: Row): string {
  if (serverCpu === undefined && serviceCpu === undefined) return '';
  const shares = { server: serverCpu, client: clientCpu, service: serviceCpu };
  const limits = Object.entries(shares).filter(([, share = 0]) => share >= LIMIT_SHARE);
  return limits.length === 0 ? 'waits' : limits.map(([who]) => who).join(', ');
}

function shareText(share: number | undefined): string {
  return share === undefined ? '' : percent(share);
}

function medianText(spread: Spread | undefined): string {
  return spread === undefined ? '' : ratio(spread.median);
}

function ratioText({ ratio: spread, ratioOf }: Row): string {
  if (spread === undefined) return '';
  const text = ratio(spread.median);
  return ratioOf === undefined ? text : `${text} of ${ratioOf}`;
}

import { spreadOf, type Spread } from './statistics';
import { columns, count, percent, ratio } from './table';

/** One contender's run in one round of one case. */
export interface Run {
  readonly case: string;
  readonly contender: string;
  readonly round: number;
  readonly reference: boolean;
  /** What the reference did instead of the case, where it cannot do that. */
  readonly ratioOf?: string;
  readonly deliveriesPerSecond: number;
  /** Share of one core that the program under test used. */
  readonly serverCpu?: number;
  /** The same for the program that publishes and subscribes. */
  readonly clientCpu: number;
}

export interface Row {
  readonly case: string;
  readonly contender: string;
  readonly deliveriesPerSecond: Spread;
  /** Of the reference in the same round. */
  readonly ratio?: Spread;
  readonly ratioOf?: string;
  readonly serverCpu?: number;
  readonly clientCpu: number;
}

/** One row for each contender of each case, in the order of the runs. */
export function summarise(runs: readonly Run[]): Row[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.case}\n${run.contender}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((group) => {
    const ratios = group.flatMap((run) => {
      const reference = runs.find(
        (other) => other.reference && other.case === run.case && other.round === run.round,
      );
      return reference ? [run.deliveriesPerSecond / reference.deliveriesPerSecond] : [];
    });
    const serverCpus = group.flatMap((run) => run.serverCpu ?? []);
    return {
      case: group[0].case,
      contender: group[0].contender,
      deliveriesPerSecond: spreadOf(group.map((run) => run.deliveriesPerSecond)),
      ratio: ratios.length > 0 ? spreadOf(ratios) : undefined,
      ratioOf: group[0].ratioOf,
      serverCpu: serverCpus.length > 0 ? spreadOf(serverCpus).median : undefined,
      clientCpu: spreadOf(group.map((run) => run.clientCpu)).median,
    };
  });
}

/** The rows as a table for a terminal. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.case,
    row.contender,
    count(row.deliveriesPerSecond.median),
    `${count(row.deliveriesPerSecond.min)} - ${count(row.deliveriesPerSecond.max)}`,
    ratioText(row),
    row.serverCpu === undefined ? '' : percent(row.serverCpu),
    percent(row.clientCpu),
  ]);
  const head = ['case', 'contender', 'deliveries/s', 'spread', 'ratio', 'server CPU', 'client CPU'];
  return columns(head, cells, 2);
}

function ratioText({ ratio: spread, ratioOf }: Row): string {
  if (spread === undefined) return '';
  const text = ratio(spread.median);
  return ratioOf === undefined ? text : `${text} of ${ratioOf}`;
}

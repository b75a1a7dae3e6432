import { spreadOf, type Spread } from './statistics';

/** One contender's run in one round of one case. */
export interface Run {
  readonly case: string;
  readonly contender: string;
  readonly round: number;
  readonly reference: boolean;
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
    row.ratio ? row.ratio.median.toFixed(2) : '',
    row.serverCpu === undefined ? '' : percent(row.serverCpu),
    percent(row.clientCpu),
  ]);
  const head = ['case', 'contender', 'deliveries/s', 'spread', 'ratio', 'server CPU', 'client CPU'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column].length)),
  );
  return [head, ...cells]
    .map((line) =>
      line.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))),
    )
    .map((line) => line.join('  ').trimEnd())
    .join('\n');
}

const count = (value: number) => Math.round(value).toLocaleString('en-US');
const percent = (share: number) => `${Math.round(share * 100)} %`;

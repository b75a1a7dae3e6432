import { grouped } from './grouped';
import type { Run } from './report';
import { spreadOf, type Spread } from './statistics';
import { count, ratio, type Table } from './table';

type BuildRun = Pick<Run, 'case' | 'contender' | 'perSecond' | 'serverCpu'>;

/** One round of both builds. */
export interface AgainstRun {
  readonly tree: BuildRun;
  readonly commit: BuildRun;
}

export interface AgainstRow {
  readonly case: string;
  readonly contender: string;
  readonly tree: Spread;
  readonly commit: Spread;
  /** Rate of the tree, of the commit's in the same round. */
  readonly rates: Spread;
  /** The same of the broker's CPU time for a message, which says more than the rate on a machine that others use, too. */
  readonly cpuTimes?: Spread;
}

/** One row for each contender of each case, in the order of the runs. */
export function summariseAgainst(runs: readonly AgainstRun[]): AgainstRow[] {
  return grouped(runs, (run) => `${run.tree.case}\n${run.tree.contender}`).map((group) => {
    const cpuTimes = group.flatMap(({ tree, commit }) => {
      const [ofTree, ofCommit] = [cpuTime(tree), cpuTime(commit)];
      return ofTree === undefined || !ofCommit ? [] : [ofTree / ofCommit];
    });
    return {
      case: group[0].tree.case,
      contender: group[0].tree.contender,
      tree: spreadOf(group.map(({ tree }) => tree.perSecond)),
      commit: spreadOf(group.map(({ commit }) => commit.perSecond)),
      rates: spreadOf(group.map(({ tree, commit }) => tree.perSecond / commit.perSecond)),
      cpuTimes: cpuTimes.length > 0 ? spreadOf(cpuTimes) : undefined,
    };
  });
}

/** Seconds for a message. */
function cpuTime({ perSecond, serverCpu }: BuildRun): number | undefined {
  return serverCpu === undefined ? undefined : serverCpu / perSecond;
}

export function againstTable(rows: readonly AgainstRow[], commit: string): Table {
  const head = ['case', 'contender', 'this tree', commit, 'ratio', 'spread', 'CPU a message', 'spread'];
  const lines = rows.map((row) => [
    row.case,
    row.contender,
    count(row.tree.median),
    count(row.commit.median),
    ...ratioCells(row.rates),
    ...ratioCells(row.cpuTimes),
  ]);
  return { head, lines, leftColumns: 2 };
}

function ratioCells(spread: Spread | undefined): string[] {
  if (spread === undefined) return ['', ''];
  return [ratio(spread.median), `${ratio(spread.min)} - ${ratio(spread.max)}`];
}

export function againstNotes(otherPackages: boolean): string[] {
  const notes = [
    'ratio: rate of this tree, of the rate of the commit in the same round: above 1 this tree is faster',
    "CPU a message: the same of the broker's CPU time for a message: below 1 this tree takes less",
  ];
  const packages = 'package-lock.json differs: both were built and run with the packages of this tree';
  return otherPackages ? [...notes, packages] : notes;
}

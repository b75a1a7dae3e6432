import { CONTENDERS } from '../cases';
import type { Contender } from '../contenders/contender';
import { buildCommit, type OtherBuild } from '../contenders/other-build';
import { chosen, type BenchOptions } from '../options';
import type { AgainstRun } from '../report/against-report';
import type { Run } from '../report/report';
import { comparedCases, runOne, takesPart, type ComparedCase } from './comparison';

export interface AgainstFigures {
  readonly commit: string;
  readonly otherPackages: boolean;
  readonly runs: readonly AgainstRun[];
}

/** Measures this tree's broker and that of a commit in turns, by the same clients: this bench's. */
export async function compareWithCommit(commitish: string, options: BenchOptions): Promise<AgainstFigures> {
  const pairs = comparedCases(options).flatMap((benchCase) =>
    CONTENDERS.filter((each) => each.startBuild !== undefined)
      .filter((each) => chosen(each.name, options.only) && takesPart(each, benchCase))
      .map((contender) => ({ benchCase, contender })),
  );
  if (pairs.length === 0) return { commit: commitish, otherPackages: false, runs: [] };
  process.stderr.write(`building the broker of ${commitish} ...\n`);
  const other = await buildCommit(commitish);
  try {
    const runs: AgainstRun[] = [];
    for (const { benchCase, contender } of pairs)
      for (let round = 1; round <= options.runs; round++)
        runs.push(await runBoth(benchCase, contender, other, round, options));
    return { commit: other.commit, otherPackages: other.otherPackages, runs };
  } finally {
    await other.remove();
  }
}

/** Who begins changes from round to round: a machine that slows down would favour one of them. */
async function runBoth(
  benchCase: ComparedCase,
  contender: Contender,
  { program, commit }: OtherBuild,
  round: number,
  options: BenchOptions,
): Promise<AgainstRun> {
  const ofCommit: Contender = { ...contender, start: () => contender.startBuild!(program) };
  const run = async (which: Contender, build: string): Promise<Run> => {
    process.stderr.write(
      `${benchCase.name}, round ${round} of ${options.runs}: ${contender.name}, ${build} ... `,
    );
    const figures = await runOne(benchCase, which, round, options);
    process.stderr.write(`${Math.round(figures.perSecond).toLocaleString('en-US')} a second\n`);
    return figures;
  };
  if (round % 2 === 1) {
    const tree = await run(contender, 'this tree');
    return { tree, commit: await run(ofCommit, commit) };
  }
  const first = await run(ofCommit, commit);
  return { tree: await run(contender, 'this tree'), commit: first };
}

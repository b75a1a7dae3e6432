import { CASES, type GrowthCase } from '../cases';
import { chosen, chosenCase, type BenchOptions } from '../options';
import type { GrowthRun } from '../report/growth-report';
import { GrowingStore } from './growing-store';

const CONTENDER = 'pochta: lmdb, JSON lines';

/** Measures the chosen growth cases at each size, from the smallest on. */
export async function measureGrowth(options: BenchOptions): Promise<GrowthRun[]> {
  const cases = CASES.filter((each) => each.kind === 'growth').filter((each) => chosenCase(each, options));
  if (!chosen(CONTENDER, options.only)) return [];
  const inOneTopic = cases.filter(({ measure }) => measure !== 'start-up');
  const inManyTopics = cases.filter(({ measure }) => measure === 'start-up');
  return [...(await measureSizes(inOneTopic, options)), ...(await measureSizes(inManyTopics, options))];
}

/**
 * Beside the store that grows there is one that stays at the smallest size, and is measured in turns with it: a machine
 * changes its pace in the minutes that filling takes.
 */
async function measureSizes(cases: readonly GrowthCase[], options: BenchOptions): Promise<GrowthRun[]> {
  const [smallest, ...larger] = options.sizes;
  const runs: GrowthRun[] = [];
  if (cases.length === 0) return runs;
  const [small, growing] = [await GrowingStore.create(options), await GrowingStore.create(options)];
  const rounds = Array.from({ length: options.runs }, (_, index) => index + 1);
  for (const each of cases) await small.fill(each, smallest);
  for (const size of larger) {
    for (const each of cases) {
      await growing.fill(each, size);
      for (const round of rounds) {
        const smallRun = await small.measure(each, smallest, round);
        const run = await growing.measure(each, size, round);
        runs.push(smallRun, { ...run, beside: smallRun.perSecond });
      }
    }
  }
  if (larger.length === 0)
    for (const each of cases)
      for (const round of rounds) runs.push(await small.measure(each, smallest, round));
  await small.remove();
  await growing.remove();
  return runs;
}

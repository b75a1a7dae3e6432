import { ModelRun } from './model-run';
import type { Survival } from './restart-suite';
import type { StoreFixture } from './store-fixture';

const SEEDS = Array.from({ length: 5 }, (_, index) => index + 1);
const STEPS = 60;

export function describeModel(fixture: () => StoreFixture, survives: Survival): void {
  test.each(SEEDS)('does as a plain model does, whatever comes: seed %i', async (seed) => {
    await new ModelRun(fixture(), seed, { restarts: survives === 'all' }).run(STEPS);
  });
}

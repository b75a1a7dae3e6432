import { resourcesTable, summariseResources, type ResourcesRun } from './resources-report';
import { terminal } from './table';

const run: ResourcesRun = {
  case: 'resources: connections',
  contender: 'pochta: memory',
  round: 1,
  startMs: 500,
  idle: { rss: 100 * 2 ** 20, own: 50 * 2 ** 20 },
  bytesEach: 6 * 1024,
};

it('takes the median of the rounds', () => {
  const [row] = summariseResources([run, { ...run, round: 2, bytesEach: 8 * 1024 }]);
  expect(row.each).toEqual({ median: 7 * 1024, min: 6 * 1024, max: 8 * 1024 });
  expect(terminal(resourcesTable([row]))).toMatch(/500\s+50\s+100\s+7\.0\s+6\.0 - 8\.0/);
});

it('leaves out what the system does not tell', () => {
  const [row] = summariseResources([{ ...run, idle: undefined, bytesEach: NaN }]);
  expect(row).toMatchObject({ own: undefined, each: undefined });
});

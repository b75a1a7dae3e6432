import { growthText, summariseGrowth, type GrowthRun } from './growth-report';

const MIB = 1024 * 1024;

const run = (
  size: number,
  round: number,
  perSecond?: number,
  { startMs = 400, beside }: Partial<GrowthRun> = {},
): GrowthRun => ({
  case: perSecond === undefined ? 'growth: start-up' : 'growth: get',
  size,
  round,
  startMs,
  atStart: { rss: 100 * MIB, own: 50 * MIB },
  perSecond,
  beside,
  ...(perSecond === undefined ? {} : { afterRun: { rss: 200 * MIB, own: 60 * MIB }, serverCpu: 1 }),
});

it('gives each size as a share of the smallest in the same round, since machines change their pace', () => {
  const rows = summariseGrowth([
    run(10, 1, 1000),
    run(9000, 1, 900, { beside: 1000 }),
    run(10, 2, 100),
    run(9000, 2, 80, { beside: 100 }),
    run(10, 3, 10),
    run(9000, 3, 1, { beside: 10 }),
  ]);
  expect(rows.map(({ size, toSmallest }) => [size, toSmallest])).toEqual([
    [10, undefined],
    [9000, { median: 0.8, min: 0.1, max: 0.9 }],
  ]);
});

it('points out what grows more than it may', () => {
  const text = growthText(
    summariseGrowth([
      run(10, 1, 100),
      run(9000, 1, 45, { beside: 100 }),
      run(10, 1),
      run(9000, 1, undefined, { startMs: 2500 }),
    ]),
  );
  const lines = text.split('\n');
  expect(lines[2]).toMatch(/^growth: get +9,000 +45 +45 - 45 +0.45 +400 +50 +100 +60 +200 +100 %$/);
  expect(lines[4]).toMatch(/^growth: start-up +9,000 +2,500 +50 +100$/);
  expect(lines.slice(5)).toEqual([
    'growth: get: with 9,000 stored less than half as fast as with the fewest',
    'growth: start-up: with 9,000 stored the start takes more than 2,000 ms',
  ]);
});

it('has nothing to point out when the cost stays the same', () => {
  expect(
    growthText(summariseGrowth([run(10, 1, 100), run(9000, 1, 60, { beside: 100 })])).split('\n'),
  ).toHaveLength(3);
});

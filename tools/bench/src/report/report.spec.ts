import { summarise, table, type Run } from './report';
import { spreadOf } from './statistics';

const run = (contender: string, round: number, perSecond: number): Run => ({
  case: '1 to 1',
  contender,
  round,
  reference: contender === 'reference',
  perSecond,
  serverCpu: 0.99,
  clientCpu: 0.5,
});

it('takes the median, between the two in the middle of an even number', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spreadOf([])).toThrow(RangeError);
});

it('compares each run with the reference of its own round, since machines change their pace', () => {
  const rows = summarise([
    run('reference', 1, 1000),
    run('pochta', 1, 500),
    run('reference', 2, 100),
    run('pochta', 2, 60),
    run('reference', 3, 10),
    run('pochta', 3, 4),
  ]);
  expect(rows.map(({ contender }) => contender)).toEqual(['reference', 'pochta']);
  expect(rows[1].perSecond).toEqual({ median: 60, min: 4, max: 500 });
  expect(rows[1].ratio).toEqual({ median: 0.5, min: 0.4, max: 0.6 });
});

it('leaves the ratio out where the reference was not run', () => {
  const [row] = summarise([run('pochta', 1, 1_234_567)]);
  expect(row.ratio).toBeUndefined();
  expect(table([row]).split('\n')[1]).toMatch(
    /^1 to 1 +pochta +1,234,567 +1,234,567 - 1,234,567 +99 % +50 % +server$/,
  );
});

it('says so where the reference did something else, and gives small ratios two digits that count', () => {
  const ratioOf = '1 to 1';
  const rows = summarise([
    { ...run('reference', 1, 1000), ratioOf },
    { ...run('pochta', 1, 62.4), ratioOf },
  ]);
  expect(table(rows).split('\n')[2]).toContain(' 0.062 of 1 to 1 ');
});

it('compares with the best rival of the round too, and says what is kept and lost', () => {
  const rows = summarise([
    { ...run('pochta', 1, 300), keeps: 'on disk', serviceCpu: 0.8 },
    { ...run('slow', 1, 50), rival: true, keeps: 'on disk' },
    { ...run('fast', 1, 100), rival: true, keeps: 'on disk' },
    { ...run('loose', 1, 900), keeps: 'nothing', lost: 7 },
  ]);
  expect(rows.map(({ rivalRatio }) => rivalRatio?.median)).toEqual([3, 0.5, 1, 9]);
  const lines = table(rows).split('\n');
  expect(lines[0]).toMatch(/service CPU +limit +of best peer +keeps +lost$/);
  expect(lines[1]).toMatch(/ 80 % +server +3\.00 +on disk$/);
  expect(lines[4]).toMatch(/ 9\.00 +nothing +7$/);
});

it('compares also with the best rival that flushes before it confirms', () => {
  const rows = summarise([
    { ...run('pochta', 1, 300), keeps: 'flushed' },
    { ...run('safe', 1, 100), rival: true, keeps: 'flushed' },
    { ...run('safer', 1, 50), rival: true, keeps: 'flushed' },
    { ...run('fast', 1, 200), rival: true, keeps: 'on disk' },
  ]);
  expect(rows.map(({ flushedRivalRatio }) => flushedRivalRatio?.median)).toEqual([3, 1, 0.5, 2]);
  const lines = table(rows).split('\n');
  expect(lines[0]).toMatch(/of best peer +of best flushed +keeps$/);
  expect(lines[1]).toMatch(/ 1\.50 +3\.00 +flushed$/);
});

it('says whose CPU was the limit, and how many messages went in a write', () => {
  const limits = (shares: Partial<Run>) =>
    table(summarise([{ ...run('pochta', 1, 10), batch: 500, ...shares }]))
      .split('\n')[1]
      .match(/50 % (.*) 500$|$/)?.[1]
      ?.trim();
  expect(limits({ serverCpu: 0.9 })).toBe('server');
  expect(limits({ serverCpu: 0.89 })).toBe('waits');
  const both = table(summarise([{ ...run('pochta', 1, 10), clientCpu: 1, serviceCpu: 0.5 }]));
  expect(both).toMatch(/99 % +100 % +50 % +server, client$/);
});

it('leaves out columns in which nothing would be', () => {
  expect(table(summarise([run('reference', 1, 1000)]))).not.toMatch(/service|peer|flushed|keeps|lost/);
});

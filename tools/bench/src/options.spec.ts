import { CASES } from './cases';
import { chosen, chosenCase, parseOptions, type BenchOptions } from './options';

it('runs everything, three times for three seconds, unless told otherwise', () => {
  expect(parseOptions([])).toEqual({
    only: [],
    cases: [],
    growth: false,
    sizes: [1000, 1_000_000, 10_000_000],
    count: 10_000,
    seconds: 3,
    runs: 3,
    json: 'tmp/bench.json',
  });
  expect(
    parseOptions(['--only=lmdb,memory', '--case=1 to 1', '--seconds=0.5', '--runs=1', '--json=x']),
  ).toMatchObject({
    only: ['lmdb', 'memory'],
    cases: ['1 to 1'],
    seconds: 0.5,
    runs: 1,
    json: 'x',
  });
  expect(parseOptions(['--help'])).toBe('help');
  expect(parseOptions(['--list'])).toBe('list');
});

it('takes a file for the chart, and a commit to compare with', () => {
  expect(parseOptions(['--svg=docs/chart.svg', '--against', 'main~3'])).toMatchObject({
    svg: 'docs/chart.svg',
    against: 'main~3',
  });
});

it('names what it does not understand', () => {
  expect(() => parseOptions(['--seconds=soon'])).toThrow('--seconds must be a number above 0, not soon');
  expect(() => parseOptions(['--runs=0'])).toThrow('--runs');
  expect(() => parseOptions(['--sizes=1000,many'])).toThrow('--sizes must be whole numbers from 100 on');
  expect(() => parseOptions(['--sleep=1'])).toThrow('--sleep');
});

it('chooses by parts of names', () => {
  expect(chosen('pochta: lmdb', [])).toBe(true);
  expect(chosen('pochta: lmdb', ['memory', 'lmdb'])).toBe(true);
  expect(chosen('pochta: lmdb', ['memory'])).toBe(false);
});

it('runs growth only when it is asked for, from the smallest size on', () => {
  const run = (...argv: string[]) => {
    const options = parseOptions(argv) as BenchOptions;
    return CASES.filter((each) => chosenCase(each, options)).map(({ name }) => name);
  };
  expect(run()).not.toContainEqual(expect.stringContaining('growth'));
  expect(run('--case=g')).not.toContainEqual(expect.stringContaining('growth'));
  expect(run('--growth', '--case=nest')).toEqual([]);
  expect(run('--growth')).toEqual(['growth: publish', 'growth: get', 'growth: group', 'growth: start-up']);
  expect(run('--case=growth')).toEqual(run('--growth'));
  expect(run('--growth', '--case=get,start')).toEqual(['growth: get', 'growth: start-up']);
  expect(run('--case=growth: get')).toEqual(['growth: get']);
  expect(run('--case=1 to 10 of,growth: get')).toEqual([
    'fan-out: 1 to 10 of 100 bytes',
    'fan-out: 1 to 10 of 1 KiB',
    'growth: get',
  ]);
  expect(parseOptions(['--sizes=5000,100'])).toMatchObject({ sizes: [100, 5000] });
});

it('measures what a program needs only when it is asked for', () => {
  const run = (...argv: string[]) => {
    const options = parseOptions(argv) as BenchOptions;
    return CASES.filter((each) => chosenCase(each, options)).map(({ name }) => name);
  };
  expect(run()).not.toContainEqual(expect.stringContaining('resources'));
  expect(run('--case=resources')).toHaveLength(6);
  expect(run('--case=resources: topics')).toEqual(['resources: topics']);
  expect(() => parseOptions(['--count=none'])).toThrow('--count');
});

it('runs the cases of Nest services only when they are asked for', () => {
  const run = (...argv: string[]) => {
    const options = parseOptions(argv) as BenchOptions;
    return CASES.filter((each) => chosenCase(each, options)).map(({ name }) => name);
  };
  expect(run()).not.toContainEqual(expect.stringContaining('nest'));
  expect(run('--case=e')).not.toContainEqual(expect.stringContaining('nest'));
  expect(run('--case=nest')).toEqual([
    'nest: request, 64 in flight',
    'nest: request, 1 in flight',
    'nest: emit, durable',
    'nest: decorated topic',
  ]);
  expect(run('--case=nest: emit')).toEqual(['nest: emit, durable']);
});

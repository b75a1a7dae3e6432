import { chosen, parseOptions } from './options';

it('runs everything, three times for three seconds, unless told otherwise', () => {
  expect(parseOptions([])).toEqual({ only: [], cases: [], seconds: 3, runs: 3, json: 'tmp/bench.json' });
  expect(
    parseOptions(['--only=lmdb,memory', '--case=1 to 1', '--seconds=0.5', '--runs=1', '--json=x']),
  ).toEqual({
    only: ['lmdb', 'memory'],
    cases: ['1 to 1'],
    seconds: 0.5,
    runs: 1,
    json: 'x',
  });
  expect(parseOptions(['--help'])).toBe('help');
  expect(parseOptions(['--list'])).toBe('list');
});

it('names what it does not understand', () => {
  expect(() => parseOptions(['--seconds=soon'])).toThrow('--seconds must be a number above 0, not soon');
  expect(() => parseOptions(['--runs=0'])).toThrow('--runs');
  expect(() => parseOptions(['--sleep=1'])).toThrow('--sleep');
});

it('chooses by parts of names', () => {
  expect(chosen('pochta: lmdb', [])).toBe(true);
  expect(chosen('pochta: lmdb', ['memory', 'lmdb'])).toBe(true);
  expect(chosen('pochta: lmdb', ['memory'])).toBe(false);
});

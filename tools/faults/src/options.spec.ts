import { ENGINE_FEATURES } from './features';
import { parseOptions } from './options';
import { roundSeed } from './plan/random';
import { planRound } from './plan/round-plan';

const FEATURES = ENGINE_FEATURES.lmdb;

it('runs twenty rounds of 50,000 messages with lmdb, unless told otherwise', () => {
  expect(parseOptions([], () => 7)).toMatchObject({ rounds: 20, messages: 50_000, seed: 7, engine: 'lmdb' });
  const told = ['--rounds', '2', '--messages=30', '--seed', '9', '--engine', 'memory', '--broker', '/b.cjs'];
  const options = { rounds: 2, messages: 30, seed: 9, engine: 'memory', broker: '/b.cjs' };
  expect(parseOptions(told)).toEqual(options);
  expect(parseOptions(['--help'])).toBe('help');
});

it('names what it does not understand', () => {
  expect(() => parseOptions(['--rounds', 'many'])).toThrow('--rounds must be an integer from 1 to');
  expect(() => parseOptions(['--seed=-1'])).toThrow('--seed');
  expect(() => parseOptions(['--engine', 'paper'])).toThrow('--engine must be lmdb or memory, not paper');
});

it('plans a round by its seed alone, and any round may be the first', () => {
  const seed = roundSeed(7, 3);
  expect(roundSeed(seed, 1)).toBe(seed);
  expect(planRound(seed, 1000, FEATURES)).toEqual(planRound(seed, 1000, FEATURES));
  expect(planRound(seed, 1000, FEATURES)).not.toEqual(planRound(7, 1000, FEATURES));
});

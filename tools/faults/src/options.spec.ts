import { ENGINE_FEATURES } from './features';
import { parseOptions } from './options';
import { roundSeed } from './plan/random';
import { planRound } from './plan/round-plan';

const FEATURES = ENGINE_FEATURES.lmdb;

it('runs twenty rounds of 50,000 messages with lmdb and both codecs, unless told otherwise', () => {
  const usual = { rounds: 20, messages: 50_000, seed: 7, engine: 'lmdb', codec: 'mixed' };
  expect(parseOptions([], () => 7)).toMatchObject(usual);
  const told = ['--rounds', '2', '--messages=30', '--seed', '9', '--engine', 'memory', '--codec', 'binary'];
  const options = { rounds: 2, messages: 30, seed: 9, engine: 'memory', codec: 'binary', broker: '/b.cjs' };
  expect(parseOptions([...told, '--broker', '/b.cjs'])).toEqual(options);
  expect(parseOptions(['--help'])).toBe('help');
});

it('names what it does not understand', () => {
  expect(() => parseOptions(['--rounds', 'many'])).toThrow('--rounds must be an integer from 1 to');
  expect(() => parseOptions(['--seed=-1'])).toThrow('--seed');
  expect(() => parseOptions(['--engine', 'paper'])).toThrow('--engine must be lmdb or memory, not paper');
  expect(() => parseOptions(['--codec', 'morse'])).toThrow('--codec must be json-lines, binary or mixed');
});

it('plans a round by its seed alone, and any round may be the first', () => {
  const seed = roundSeed(7, 3);
  expect(roundSeed(seed, 1)).toBe(seed);
  expect(planRound(seed, 1000, FEATURES)).toEqual(planRound(seed, 1000, FEATURES));
  expect(planRound(seed, 1000, FEATURES)).not.toEqual(planRound(7, 1000, FEATURES));
});

it('lets some of each kind of actors speak the one codec and some the other, unless one is asked for', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { producers, members, subscribers } = planRound(seed, 1000, FEATURES);
    for (const actors of [producers, members, subscribers])
      expect(new Set(actors.map(({ codec }) => codec)).size).toBe(2);
    const { producers: alike, watchers } = planRound(seed, 1000, FEATURES, 'binary');
    expect(new Set([...alike.map(({ codec }) => codec), watchers.auditor, watchers.pulse]).size).toBe(1);
  }
});

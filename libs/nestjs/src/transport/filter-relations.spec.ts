import { byPrecision, covers, overlap } from './filter-relations';

describe('Two filters', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a', false],
    ['a.>', 'a.b.c', true],
    ['*.b', 'a.*', true],
    ['*.b', 'a.c', false],
    ['*.b', '*.c', false],
    ['a.*.c', 'a.>', true],
    ['>', '*', true],
    ['a.b.>', 'a.*', false],
    ['a.*', 'a.dead', false],
    ['a.>', 'a.dead', false],
    ['*.dead', 'a.*', false],
    ['*.dead', 'a.>', false],
    ['*.dead', 'a.dead', true],
    ['a.>', 'a.*.dead', false],
    ['>', '*.dead', false],
    ['a.*.dead', '*.b.dead', true],
    ['>', '$x.*', false],
    ['dead', '*', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });

  it.each([
    ['a.*', 'a.b', true],
    ['a.*', 'a.*', true],
    ['a.>', 'a.*', true],
    ['a.>', 'a.*.c', true],
    ['a.>', 'a.>', true],
    ['a.*', 'a.>', false],
    ['a.*', '*.b', false],
    ['>', '*.b', true],
    ['>', '*.dead', false],
    ['*.dead', '*.dead', true],
    ['a.*.c', 'a.*', false],
    ['a.b.>', 'a.>', false],
    ['>', '$x.*', false],
  ])('%s covers %s: %s', (filter, pattern, expected) => {
    expect(covers(filter, pattern)).toBe(expected);
  });

  it('are sorted by what they say of a topic, token by token', () => {
    const filters = ['>', 'a.>', '*.b', 'a.*', 'a.b', 'a.*.c', 'a.b.>'];
    expect(filters.sort(byPrecision)).toEqual(['a.b.>', 'a.b', 'a.*.c', 'a.*', 'a.>', '*.b', '>']);
  });
});

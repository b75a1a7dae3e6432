import { IdTable } from './id-table';

test('finds what is under way by its id, a number or a text', () => {
  const table = new IdTable<string>();
  table.set(1, 'one');
  table.set('1', 'text');
  table.set(-0.5, 'fraction');
  table.set('', 'empty');
  expect([1, '1', -0.5, '', 2, 'x'].map((id) => table.get(id))).toEqual([
    'one',
    'text',
    'fraction',
    'empty',
    undefined,
    undefined,
  ]);
  expect(table.size).toBe(4);
});

test('the last of several with the same id takes the place of the others', () => {
  const table = new IdTable<string>();
  table.set(7, 'first');
  table.set(7, 'second');
  expect(table.get(7)).toBe('second');
  expect(table.size).toBe(1);
  table.delete(7);
  expect(table.get(7)).toBeUndefined();
  expect(table.size).toBe(0);
});

test('an id that is not there can be taken out', () => {
  const table = new IdTable<string>();
  table.delete(1);
  table.set(1, 'one');
  table.delete(2);
  expect(table.values()).toEqual(['one']);
});

/** A table's own numbers repeat themselves here: one seed, one run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
}

test.each([
  ['numbers that follow each other', (n: number) => n],
  ['numbers that share their low bits', (n: number) => n * 2 ** 20],
  ['numbers that share their low half', (n: number) => n * 2 ** 32],
  ['numbers that share their whole part', (n: number) => 7 + n / 4096],
  ['numbers below zero', (n: number) => -n],
  ['texts', (n: number) => `pq7wAbC9-${n}`],
])('holds what a map holds, however many come and go: %s', (_, idOf) => {
  const next = numbers(1);
  const table = new IdTable<number>();
  const map = new Map<number | string, number>();
  // It fills, holds its size, and empties, so that it grows and shrinks.
  for (const [steps, share] of [
    [3000, 0.8],
    [3000, 0.5],
    [5000, 0.1],
  ]) {
    for (let step = 0; step < steps; step++) {
      const id = idOf(next() % 2048);
      if (next() < share * 2 ** 32) {
        table.set(id, step);
        map.set(id, step);
      } else {
        table.delete(id);
        map.delete(id);
      }
    }
    expect(table.size).toBe(map.size);
    expect(table.values().sort((a, b) => a - b)).toEqual([...map.values()].sort((a, b) => a - b));
    for (let n = 0; n < 2048; n++) expect(table.get(idOf(n))).toBe(map.get(idOf(n)));
  }
});

import { DedupeWindow } from './dedupe-window';
import type { IdRecord } from './id-record';

const LIMITS = { dedupeWindow: 1000, dedupeIds: 4 };

function admitAll(window: DedupeWindow, ids: readonly string[]): boolean[] {
  return ids.map((id) => window.admit(id, LIMITS));
}

test('what a commit added and forgot is as before when it is taken back', () => {
  const window = new DedupeWindow([], LIMITS, 0);
  admitAll(window, ['a-1', 'a-2', 'b', 'a-3']);
  window.seal(0);
  window.advance();
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect(admitAll(window, ['c-1', 'a-1', 'd', 'a-9', 'e-5', 'a-3'])).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
    window.seal(500);
    window.rollback();
    expect(['a-1', 'a-2', 'b', 'a-3'].map((id) => window.has(id))).toEqual([true, true, true, true]);
    expect(['c-1', 'd', 'a-9', 'e-5'].map((id) => window.has(id))).toEqual([false, false, false, false]);
  }
  expect(admitAll(window, ['a-4'])).toEqual([true]);
  window.seal(600);
  window.advance();
  expect(['a-1', 'a-2', 'b', 'a-3', 'a-4'].map((id) => window.has(id))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  window.expire(1000, LIMITS);
  expect(['a-2', 'b', 'a-3', 'a-4'].map((id) => window.has(id))).toEqual([false, false, false, true]);
});

test('a window that is made of its records remembers the same ids', () => {
  const ids = [
    ...Array.from({ length: 2000 }, (_, index) => `client-${index * 3}`),
    'é-7',
    'client-1',
    '',
    '-',
    '-0',
  ];
  const limits = { dedupeWindow: 1000, dedupeIds: 10_000 };
  const records = new Map<number, IdRecord>();
  const window = new DedupeWindow([], limits, 0);
  ids.forEach((id, index) => {
    window.admit(id, limits);
    if (index % 100 !== 99 && index !== ids.length - 1) return;
    const { added } = window.seal(index);
    records.set(added!.start, { ...added!, bytes: added!.encode() });
    window.advance();
  });
  const loaded = new DedupeWindow(records.values(), limits, 2500);
  expect(ids.filter((id) => !loaded.has(id))).toEqual([]);
  expect(['client-2', 'client-01', 'é', 'client'].filter((id) => loaded.has(id))).toEqual([]);
  loaded.expire(2500, limits);
  expect(ids.filter((id) => loaded.has(id))).toEqual(ids.slice(1500));
});

test.each(['advance', 'rollback'] as const)(
  'what is admitted and taken back within a commit leaves no trace in it: %s',
  (end) => {
    const window = new DedupeWindow([], LIMITS, 0);
    admitAll(window, ['a-1', 'only', 'b-1', 'b-2']);
    window.seal(0);
    window.advance();
    admitAll(window, ['c-1', 'c-2']);
    const mark = window.mark();
    admitAll(window, ['d-1', 'a-1', 'only', 'e-1', 'f-1', 'c-9']);
    window.revert(mark);
    window.revert(mark);
    const has = (ids: readonly string[]): string[] => ids.filter((id) => window.has(id));
    const all = ['a-1', 'only', 'b-1', 'b-2', 'c-1', 'c-2', 'c-9', 'd-1', 'e-1', 'f-1'];
    expect(has(all)).toEqual(['b-1', 'b-2', 'c-1', 'c-2']);
    expect(window.seal(0).added).toMatchObject({ start: 4, count: 2 });
    window[end]();
    const kept = end === 'advance' ? ['b-1', 'b-2', 'c-1', 'c-2'] : ['a-1', 'only', 'b-1', 'b-2'];
    expect(has(all)).toEqual(kept);
    expect(admitAll(window, ['g-1', 'h-1'])).toEqual([true, true]);
    expect(has([...all, 'g-1', 'h-1'])).toEqual([...kept.slice(2), 'g-1', 'h-1']);
  },
);

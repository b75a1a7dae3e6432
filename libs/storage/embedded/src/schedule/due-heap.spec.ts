import { DueHeap } from './due-heap';

test('gives items by their time, whatever was moved or removed before', () => {
  const heap = new DueHeap<number>();
  const times = new Map<number, number>();
  let random = 1;
  const below = (end: number): number => (random = (random * 48271) % 2147483647) % end;
  for (let step = 0; step < 3000; step++) {
    const item = below(200);
    const time = below(10) === 0 ? Infinity : below(1000);
    heap.set(item, time);
    if (time === Infinity) times.delete(item);
    else times.set(item, time);
    expect(heap.first).toBe(Math.min(...times.values()));
    expect(heap.timeOf(item)).toBe(time);
    if (below(50) !== 0) continue;
    const until = below(400);
    const taken = heap.takeUntil(until, 5);
    const due = [...times].filter(([, one]) => one <= until).sort(([, one], [, other]) => one - other);
    expect(taken.map((one) => times.get(one))).toEqual(due.slice(0, 5).map(([, one]) => one));
    for (const one of taken) times.delete(one);
  }
});

test('is empty at first, and when all is taken', () => {
  const heap = new DueHeap<string>();
  expect([heap.first, heap.takeUntil(Infinity, 9)]).toEqual([Infinity, []]);
  heap.set('a', 1);
  heap.set('b', 1);
  expect(heap.takeUntil(1, 9).sort()).toEqual(['a', 'b']);
  expect([heap.first, heap.timeOf('a')]).toEqual([Infinity, Infinity]);
});

import { Deadlines } from './deadlines';
import { collectGarbage } from './garbage.fixture';
import { Wait } from './hold';

const MONTH = 30 * 24 * 3600 * 1000;

test('a wait whose message was removed does not stay until it is due', () => {
  const deadlines = new Deadlines();
  const first = new Wait(1, 1, MONTH);
  deadlines.wait(first);
  const before = collectGarbage();
  for (let sequence = 2; sequence < 100_000; sequence++) {
    const wait = new Wait(sequence, 1, MONTH - sequence);
    deadlines.wait(wait);
    deadlines.endWait(wait);
  }
  expect(collectGarbage() - before).toBeLessThan(1_000_000);
  expect(deadlines.due(MONTH)).toEqual([first]);
});

test('waits that stay come in the order in which they are due', () => {
  const deadlines = new Deadlines();
  const waits = Array.from({ length: 1000 }, (_, index) => new Wait(index, 1, (index * 7919) % 1000));
  for (const wait of waits) deadlines.wait(wait);
  for (const wait of waits) if (wait.sequence % 5 !== 0) deadlines.endWait(wait);
  const due = deadlines.due(1000).map((wait) => wait.due);
  expect(due).toHaveLength(200);
  expect(due).toEqual([...due].sort((one, other) => one - other));
});

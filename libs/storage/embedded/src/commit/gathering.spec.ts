import { Gathering } from './gathering';

let gathering: Gathering;
beforeEach(() => (gathering = new Gathering()));

test('nothing waits that comes when nothing has been confirmed', () => {
  expect(gathering.expectsMore(1, 5)).toBe(false);
});

test('a commit waits for as much as was in the last one and waited behind it', () => {
  gathering.committed({ messages: 600, waiting: 400, took: 2, now: 100 });
  expect(gathering.expectsMore(400, 100)).toBe(true);
  expect(gathering.expectsMore(999, 100.5)).toBe(true);
  expect(gathering.expectsMore(1000, 100.6)).toBe(false);
});

test.each([
  [1, 0.5],
  [2, 1],
  [500, 1],
])('behind a commit that took %d ms, the next one waits %d ms at most', (took, longest) => {
  gathering.committed({ messages: 600, waiting: 400, took, now: 100 });
  expect(gathering.expectsMore(900, 99.9 + longest)).toBe(true);
  expect(gathering.expectsMore(900, 100 + longest)).toBe(false);
});

test('what comes later than that does not wait, nor does anything behind a commit that took no time', () => {
  gathering.committed({ messages: 600, waiting: 0, took: 2, now: 100 });
  expect(gathering.expectsMore(1, 101)).toBe(false);
  gathering.committed({ messages: 600, waiting: 0, took: 0, now: 200 });
  expect(gathering.expectsMore(1, 200)).toBe(false);
});

/** How many of so many commits wait, when each `helpful` one that does has all of the 10 that were expected, and others 2. */
function waits(commits: number, helpful = Infinity): number {
  let count = 0;
  for (let at = 0; at < commits; at++) {
    gathering.committed({ messages: 10, waiting: 0, took: 2, now: 10 * at });
    if (!gathering.expectsMore(1, 10 * at + 0.5)) continue;
    gathering.learn(++count % helpful === 0 ? 10 : 2);
  }
  return count;
}

test('what comes to nothing is tried less and less often, and as before once it has helped for a while', () => {
  expect(waits(1)).toBe(1);
  expect(waits(1000)).toBeLessThan(25);
  waits(1000, 1);
  expect(waits(10, 1)).toBe(10);
  expect(waits(3)).toBe(2);
});

test('what helps one time in three, as by chance, is tried seldom', () => {
  expect(waits(1000, 3)).toBeLessThan(100);
});

test('what was there before the commit is no help', () => {
  for (let at = 0; at < 1000; at++) {
    gathering.committed({ messages: 2, waiting: 6, took: 2, now: 10 * at });
    if (gathering.expectsMore(6, 10 * at)) gathering.learn(7);
  }
  expect(waits(64)).toBeLessThan(2);
});

import { Gathering } from './gathering';

let gathering: Gathering;
beforeEach(() => (gathering = new Gathering()));

test('nothing waits that comes when nothing has been confirmed', () => {
  expect(gathering.isWorthWhile(1, 5)).toBe(false);
});

test('a commit waits for as much as was in the last one and waited behind it', () => {
  gathering.begin(600, 400, 2, 100);
  expect(gathering.isWorthWhile(400, 100)).toBe(true);
  expect(gathering.isWorthWhile(999, 100.5)).toBe(true);
  expect(gathering.isWorthWhile(1000, 100.6)).toBe(false);
});

test.each([
  [1, 0.5],
  [2, 1],
  [500, 1],
])('behind a commit that took %d ms, the next one waits %d ms at most', (took, longest) => {
  gathering.begin(600, 400, took, 100);
  expect(gathering.isWorthWhile(900, 99.9 + longest)).toBe(true);
  expect(gathering.isWorthWhile(900, 100 + longest)).toBe(false);
  expect(gathering.isWorthWhile(900, 100 + longest)).toBe(false);
});

test('what comes later than that does not wait, nor does anything behind a commit that took no time', () => {
  gathering.begin(600, 0, 2, 100);
  expect(gathering.isWorthWhile(1, 101)).toBe(false);
  gathering.begin(600, 0, 0, 200);
  expect(gathering.isWorthWhile(1, 200)).toBe(false);
});

/** How many of so many commits wait, when nothing comes of it. */
function waits(commits: number): number {
  let count = 0;
  for (let at = 0; at < commits; at++) {
    gathering.begin(10, 0, 2, 10 * at);
    if (gathering.isWorthWhile(1, 10 * at + 0.5)) count++;
    gathering.isWorthWhile(2, 10 * at + 1);
  }
  return count;
}

test('what comes to nothing is tried less and less often, and as before once it helps', () => {
  expect(waits(1)).toBe(1);
  expect(waits(1000)).toBeLessThan(25);
  for (let at = 0; at < 100; at++) {
    gathering.begin(10, 0, 2, 10 * at);
    if (gathering.isWorthWhile(1, 10 * at + 0.5)) gathering.isWorthWhile(10, 10 * at + 0.6);
  }
  expect(waits(1)).toBe(1);
});

import { DueTimeScanner, stamped, StampedBytes } from './due-time';

const DUES = [34_567_890_123, 34_567_890_323, 34_567_890_523];

it('makes JSON of exactly the size, and stamps it anew without changing its size', () => {
  const text = JSON.stringify(stamped(0, 100));
  expect(text).toHaveLength(100);
  const bytes = new StampedBytes(Buffer.from(`head ${text} tail`));
  expect(bytes.with(DUES[0]).toString()).toBe(`head ${JSON.stringify(stamped(DUES[0], 100))} tail`);
  expect(bytes.with(DUES[1])).toHaveLength(110);
});

it('finds every due time once, wherever what came was cut', () => {
  const bytes = Buffer.from(DUES.map((due) => `\0\x01 ${JSON.stringify(stamped(due, 60))}\n`).join(''));
  for (let first = 0; first <= bytes.length; first++) {
    const second = Math.min(bytes.length, first + 9);
    const found: number[] = [];
    const scanner = new DueTimeScanner((due) => found.push(due));
    for (const chunk of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])
      scanner.scan(chunk);
    expect(found).toEqual(DUES);
  }
});

import { percentilesOf } from './percentiles';

it('gives the smallest value that so many do not exceed', () => {
  const values = Float64Array.from({ length: 1000 }, (_, index) => 1000 - index);
  expect(percentilesOf(values)).toEqual({ p50: 500, p99: 990, p999: 999, max: 1000 });
  expect(percentilesOf(Float64Array.of(7))).toEqual({ p50: 7, p99: 7, p999: 7, max: 7 });
  expect(() => percentilesOf(new Float64Array())).toThrow(RangeError);
});

import { recordCounter } from './record-walk';

/** A record is a byte that says how many follow, and a second one that says what it stands for. */
const counter = () =>
  recordCounter((bytes, at, stands) => {
    if (bytes.length - at < 2) return 0;
    stands(bytes[at + 1]);
    return 1 + bytes[at];
  });

const BYTES = Buffer.from([1, 5, 4, 7, 0, 0, 0, 2, 11, 0]);

it('counts a record when all of it has come, wherever it is cut', () => {
  for (let first = 0; first <= BYTES.length; first++) {
    for (let second = first; second <= BYTES.length; second++) {
      const count = counter();
      const counts = [BYTES.subarray(0, first), BYTES.subarray(first, second), BYTES.subarray(second)].map(
        count,
      );
      const whole = (end: number) => (end >= 2 ? 5 : 0) + (end >= 7 ? 7 : 0) + (end >= 10 ? 11 : 0);
      expect(counts).toEqual([whole(first), whole(second) - whole(first), 23 - whole(second)]);
    }
  }
});
